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

/** What a user typed for a dataset: an address is shown without what may be secret in it. */
export function printableArgument(typed: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(typed.trim()) ? redactUrl(typed.trim()) : printable(typed);
}
