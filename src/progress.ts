/** What a long operation tells while it runs. The library emits; ui/ draws; `--progress json` prints them as they are. */

export type FileState =
  | 'waiting'
  | 'downloading'
  | 'resuming'
  | 'retrying'
  | 'restarting'
  | 'verifying'
  | 'unpacking'
  | 'done';

export type ProgressEvent =
  /**
   * What will be done. `finished` of the `files` are here. In bytes: `size` of all files, absent when the host does not tell;
   * `have` of files that are finished; `parts` of others that are here in part.
   */
  | {
      event: 'plan';
      dataset: string;
      name: string;
      source: string;
      license?: string;
      files: number;
      finished: number;
      size?: number;
      have: number;
      parts: number;
      /** Most bytes that the dataset will use on disk at one time, where it can be known. */
      peakDisk?: number;
      freeDisk?: number;
      home: string;
    }
  /**
   * A file enters a state, or goes on in it. `done` and `size` in bytes: received while downloading, written while
   * unpacking. `detail` says why a state was entered (a retry's cause, say).
   */
  | { event: 'file'; file: string; state: FileState; done: number; size?: number; detail?: string }
  /** Something worth a line that is no error. */
  | { event: 'note'; message: string }
  | { event: 'warning'; message: string };

export type OnProgress = (event: ProgressEvent) => void;
