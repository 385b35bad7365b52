// @ts-check
/** Loaded into a medds process (`node --import`): the library is on a mount where everybody gets the lock, as on some network file systems. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const { open } = fs.promises;
Object.assign(fs.promises, {
  /** @type {typeof open} */
  open: (file, flags, mode) => {
    const isLock = path.basename(String(file)) === 'lock' && flags === 'wx';
    return open(file, isLock ? 'w' : flags, mode);
  },
});
syncBuiltinESMExports();
