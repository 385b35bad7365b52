/**
 * The one check of every name that a host, a registry or an archive gives, before it becomes a path.
 *
 * Refused everywhere: what is empty, absolute (`/x`, `C:x`, `\\host\x`), climbs with `..`, or holds backslashes, control
 * characters or half a surrogate pair; parts over 255 bytes, over 256 parts, over 4,096 bytes in all.
 * Refused on Windows only, where they mean something else than they say: device names (`NUL`, `com1.txt`), a dot or a space
 * at a part's end, and `< > : " | ? *`. They are honest names elsewhere, so they are not refused there.
 */
import { IntegrityError } from '../errors.js';
import { quoted } from './refusal.js';

const MAX_PART_BYTES = 255;
const MAX_PARTS = 256;
const MAX_BYTES = 4096;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;
const WINDOWS_CHARACTER = /[<>:"|?*]/;

/**
 * Cleans a name to a relative POSIX path: `./a//b/` becomes `a/b`.
 * @throws IntegrityError that names it and says why it is refused
 */
export function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const fault = faultOfName(name) ?? (parts.length === 0 ? 'it is empty' : faultOfParts(parts));
  if (fault !== undefined) {
    throw new IntegrityError(`Unsafe path ${quoted(name)}: ${fault}.`, {
      hint: 'Nothing of it was kept. Tell the owners of the data, or use another source.',
    });
  }
  return parts.join('/');
}

/** True for names of the tree's own root, as `tar c .` writes them: `.`, `./`; and as Dropbox writes it into its zips: `/`. */
export function isRoot(name: string): boolean {
  return name === '/' || /^\.\/*(\/\.\/*)*$/.test(name);
}

function faultOfName(name: string): string | undefined {
  if (name.startsWith('/')) return 'it is absolute';
  if (name.includes('\\')) return 'it holds a backslash';
  if (CONTROL.test(name)) return 'it holds control characters';
  if (/\p{Surrogate}/u.test(name)) return 'it is not valid Unicode';
  if (Buffer.byteLength(name) > MAX_BYTES) return `it is longer than ${MAX_BYTES} bytes`;
  return undefined;
}

function faultOfParts(parts: string[]): string | undefined {
  if (/^[A-Za-z]:/.test(parts[0] as string)) return 'it names a drive';
  if (parts.length > MAX_PARTS) return `it is more than ${MAX_PARTS} folders deep`;
  for (const part of parts) {
    if (part === '..') return 'it climbs with ..';
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `a part is longer than ${MAX_PART_BYTES} bytes`;
    if (process.platform !== 'win32') continue;
    if (WINDOWS_DEVICE.test(part)) return `Windows keeps the name ${part} for a device`;
    if (/[. ]$/.test(part)) return 'Windows drops a dot or space at the end';
    if (WINDOWS_CHARACTER.test(part)) return 'Windows allows none of < > : " | ? *';
  }
  return undefined;
}
