/**
 * One 512-byte header of a tar: ustar (POSIX.1-2017, pax, "ustar Interchange Format"), and the numbers and types that GNU
 * tar adds (its manual, "Basic Tar Format"). Names are decoded here, judged elsewhere.
 */

import { FormatError } from './refusal.js';

export const BLOCK = 512;

export interface TarHeader {
  name: string;
  linkName: string;
  /** Permission bits. */
  mode: number;
  /** Bytes of the body. */
  size: number;
  /** The type flag; old tars' NUL is given as '0'. */
  type: string;
}

/** @throws FormatError when its checksum or a number in it is wrong */
export function parseTarHeader(block: Buffer): TarHeader {
  if (!hasTarChecksum(block)) throw new FormatError('is broken: a tar header has a wrong checksum');
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: text(block, 157, 100),
    mode: number(block, 100, 8),
    size: number(block, 124, 12),
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156] as number),
  };
}

/** Whether a block is a tar header by its checksum; old tars have no other mark. */
export function hasTarChecksum(block: Buffer): boolean {
  const stated = octal(block.toString('latin1', 148, 156));
  if (stated === undefined || block.length < BLOCK || block[0] === 0) return false;
  // Some old tars summed signed bytes.
  let unsigned = 8 * 0x20;
  let signed = 8 * 0x20;
  for (let i = 0; i < BLOCK; i += 1) {
    if (i === 148) i = 156;
    const byte = block[i] as number;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return stated === unsigned || stated === signed;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder('windows-1252');

/** Names have no stated encoding: UTF-8 where they are, else Windows-1252, in which every byte is a character. */
export function decodeName(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes);
  }
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return decodeName(block.subarray(start, end === -1 || end > start + length ? start + length : end));
}

function number(block: Buffer, start: number, length: number): number {
  const first = block[start] as number;
  // GNU's base-256 form; 0xff would be a negative number.
  const value =
    first === 0x80
      ? Number(BigInt(`0x${block.toString('hex', start + 1, start + length)}`))
      : first > 0x80
        ? undefined
        : octal(block.toString('latin1', start, start + length));
  if (value === undefined || !Number.isSafeInteger(value))
    throw new FormatError('is broken: a tar header holds a number that is none');
  return value;
}

function octal(field: string): number | undefined {
  const match = /^ *([0-7]*)[ \0]*(?:\0.*)?$/s.exec(field);
  return match === null ? undefined : Number.parseInt(`0${match[1]}`, 8);
}
