/** Text that comes from outside (hosts, archives, registries) before it is shown on a terminal. */

// C0 and C1 controls, DEL, bidirectional overrides and isolates, zero-width characters, line separators.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Replaces characters that could steer a terminal, or hide, by their `\u{..}` form. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}
