/** The part of seek-bzip that medds uses; the package has no types of its own. */
declare module 'seek-bzip' {
  interface Input {
    readByte(): number;
    read(buffer: Uint8Array, offset: number, length: number): number;
    eof(): boolean;
  }
  interface Output {
    writeByte(byte: number): void;
  }
  /** Decodes all streams of `input`, and checks the CRC of every block and stream. @throws TypeError when one is wrong */
  function decode(input: Input, output: Output, multistream: true): void;
  const bunzip: { decode: typeof decode };
  export default bunzip;
}
