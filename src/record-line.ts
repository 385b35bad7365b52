/** One line of a log: the CRC-32 of its JSON text in eight hexadecimal digits, a space, the text. A torn or damaged line is recognised. */
import { crc32 } from 'node:zlib';

export function encodeRecord(value: unknown): string {
  const text = JSON.stringify(value);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}

/** The value of a line without its newline; undefined when the line is not whole. */
export function decodeRecord<T>(line: string): T | undefined {
  if (line.length < 10 || line[8] !== ' ') return undefined;
  const text = line.slice(9);
  if (Number.parseInt(line.slice(0, 8), 16) !== crc32(text)) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
