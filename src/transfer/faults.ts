/** How a single request may go wrong, sorted by what is done about it. What reaches the user is an error of ../errors.ts. */

/** It may work next time. `wait` is what the host asks for, milliseconds. */
export class TransientFault extends Error {
  constructor(
    message: string,
    readonly wait?: number,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The remote file is not the one that the bytes here came from. */
export class ChangedFault extends Error {}

/** The host sends the whole file although a part was asked for. */
export class RangeIgnoredFault extends Error {}
