/** The usual name of a lock file, in the folder of the study. */
export const LOCK_FILE = 'medds.lock';
