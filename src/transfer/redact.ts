/** URLs as they may be shown: no user, no password, no query (signatures and tokens live there), no control characters. */
import { printable } from '../printable.js';

export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '(no valid URL)';
  }
  return printable(`${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search === '' ? '' : '?…'}`);
}
