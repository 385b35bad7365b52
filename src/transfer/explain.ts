/** What ended a download, as an error that says what happened, to which file, at which host. */
import { asDiskError, interruption, MeddsError, NetworkError } from '../errors.js';
import { ChangedFault, RangeIgnoredFault } from './faults.js';
import { PartLostError } from './part.js';
import type { Asking } from './requests.js';

/** Returns a fault of medds itself as it came. */
export function explain(error: unknown, { remote, address, signal }: Asking): unknown {
  const file = remote.path;
  const { host } = address;
  if (signal.aborted) return interruption(signal);
  const known = asDiskError(error, { file });
  if (known instanceof MeddsError) return known.at({ file });
  if (error instanceof ChangedFault || error instanceof RangeIgnoredFault || error instanceof PartLostError) {
    return new NetworkError(`${host}: ${error.message}, again and again`, {
      file,
      host,
      cause: error,
      hint: 'Try again later, or another source (--source).',
    });
  }
  return error;
}
