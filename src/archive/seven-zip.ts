/**
 * 7-Zip as a library. It lives in WebAssembly with a file system of its own, in which there is one file, the archive, and one
 * stream, the contents: it never sees the disk. Blocks: for worker threads.
 */
import { FormatError } from './refusal.js';
import { type ArchiveFile, VolumeBytes } from './volumes.js';

/** A member as 7-Zip lists it. Nothing is checked. */
export interface SevenZipItem {
  path: string;
  size: number;
  /** Undefined where there is none, as of folders and empty files. */
  crc32: number | undefined;
  /** Attributes of Windows, a letter each: `D` for a folder. */
  attributes: string;
  /** As `ls` writes it, `drwxr-xr-x`; '' where none is recorded. */
  mode: string;
  encrypted: boolean;
  /** As zips mark one. */
  folder: boolean;
  /** True for an entry that says that something is to be deleted. */
  anti: boolean;
}

export interface SevenZipOptions {
  /** Default: 7z. */
  format?: '7z' | 'zip';
  password?: string;
}

const ARCHIVE = '/archive.7z';
const CONTENTS = '/contents';
/** A password that nobody has: otherwise 7-Zip asks for one. */
const NO_PASSWORD = 'none';
/** Exit codes above it are errors: 0 is fine, 1 a warning. */
const WARNING = 1;

/**
 * Gives all members, in their order. 7-Zip prints them line by line; a line break in a name it prints as `_`, so that no name can
 * pass for a line.
 * @throws FormatError when the archive is broken, or its list is encrypted; what `use` throws
 */
export async function listSevenZip(
  archive: ArchiveFile,
  options: SevenZipOptions,
  use: (item: SevenZipItem) => void,
): Promise<void> {
  let fields: Record<string, string> | undefined;
  await run(archive, ['l', '-slt'], options, {
    line(line) {
      if (line === '----------') fields = {};
      if (fields === undefined) return;
      const at = line.indexOf(' = ');
      if (at > 0) fields[line.slice(0, at)] = line.slice(at + 3);
      // An empty line ends a member.
      if (line !== '' || fields.Path === undefined) return;
      use(itemOf(fields));
      fields = {};
    },
  });
}

function itemOf(fields: Record<string, string>): SevenZipItem {
  // `D`, `A -rw-r--r--`, or nothing.
  const words = fields.Attributes?.split(' ') ?? [];
  const mode = words.find((word) => /^.[-rwxsStT]{9}$/.test(word)) ?? '';
  return {
    path: fields.Path ?? '',
    size: Number(fields.Size || 0),
    crc32: fields.CRC ? Number.parseInt(fields.CRC, 16) : undefined,
    attributes: words.filter((word) => word !== mode).join(''),
    mode,
    encrypted: fields.Encrypted === '+',
    folder: fields.Folder === '+',
    anti: fields.Anti === '+',
  };
}

/**
 * Gives the contents of all members, one after the other in the order of the list, in pieces that are valid during the call.
 * @throws FormatError when the archive is broken; what `use` throws
 */
export async function readSevenZip(
  archive: ArchiveFile,
  options: SevenZipOptions,
  use: (bytes: Buffer) => void,
): Promise<void> {
  await run(archive, ['x', '-so'], options, { contents: use });
}

interface Output {
  line?(line: string): void;
  contents?(bytes: Buffer): void;
}

async function run(
  archive: ArchiveFile,
  args: string[],
  { format = '7z', password }: SevenZipOptions,
  output: Output,
): Promise<void> {
  const volumes = new VolumeBytes(archive);
  const said: string[] = [];
  let thrown: { error: unknown } | undefined;
  /** What the caller throws passes through 7-Zip, and must come out as it was. */
  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      thrown ??= { error };
      throw error;
    }
  };
  try {
    const program = await start({
      print: (line) => guarded(() => output.line?.(line)),
      printErr: (line) => void said.push(line),
      stdin: () => null,
      quit: (_, reason) => {
        throw reason;
      },
    });
    offer(program.FS, volumes);
    const { contents } = output;
    if (contents !== undefined) catchContents(program.FS, (bytes) => guarded(() => contents(bytes)));
    const secret = `-p${password ?? NO_PASSWORD}`;
    const code = program.callMain([...args, `-t${format}`, '-sccUTF-8', secret, ARCHIVE]);
    if (thrown === undefined && code > WARNING) throw new Error(`7-Zip ended with ${code}`);
  } catch (error) {
    if (thrown === undefined) throw asFault(said.join('\n'), error, password !== undefined);
  } finally {
    volumes.close();
  }
  if (thrown !== undefined) throw thrown.error;
}

function asFault(said: string, cause: unknown, hasPassword: boolean): FormatError {
  const reason = { cause: said === '' ? cause : new Error(said) };
  if (/wrong password/i.test(said)) {
    const why = hasPassword ? 'the password that medds has is not right' : 'medds has no password for it';
    return new FormatError(`is encrypted, and ${why}`, 'encrypted', reason);
  }
  if (/unsupported (method|feature)/i.test(said)) {
    return new FormatError('uses what medds cannot read in 7z', 'unsupported', reason);
  }
  if (/allocate|memory/i.test(said)) {
    return new FormatError('needs more memory than there is to unpack', 'unsupported', reason);
  }
  return new FormatError(
    /unexpected end/i.test(said) ? 'is cut off' : 'is broken: 7-Zip cannot read it',
    'broken',
    reason,
  );
}

/** What is used of Emscripten's file system (https://emscripten.org/docs/api_reference/Filesystem-API.html), and of its insides. */
interface FileSystem {
  writeFile(path: string, data: string): void;
  lookupPath(path: string): { node: { stream_ops: StreamOperations } };
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: StreamOperations): void;
  mkdev(path: string, device: number): void;
  open(path: string, flags: string): { fd: number };
  close(stream: unknown): void;
  streams: unknown[];
}

interface StreamOperations {
  open?(): void;
  close?(): void;
  read?(stream: unknown, buffer: Int8Array, offset: number, length: number, position: number): number;
  write?(stream: unknown, buffer: Int8Array, offset: number, length: number): number;
}

interface Program {
  FS: FileSystem;
  callMain(args: string[]): number;
}

interface ProgramOptions {
  print(line: string): void;
  printErr(line: string): void;
  stdin(): null;
  quit(code: number, reason: unknown): void;
}

async function start(options: ProgramOptions): Promise<Program> {
  // The package's types are those of its ES module, which Node does not take.
  const factory = (await import('7z-wasm')).default as unknown as (options: ProgramOptions) => Promise<Program>;
  return factory(options);
}

/** Puts the archive into the file system, to be read from where it is. */
function offer(files: FileSystem, volumes: VolumeBytes): void {
  files.writeFile(ARCHIVE, '');
  const { node } = files.lookupPath(ARCHIVE);
  Object.defineProperty(node, 'usedBytes', { get: () => volumes.size });
  const read: StreamOperations['read'] = (_, buffer, offset, length, position) =>
    volumes.read(Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength), offset, length, position);
  node.stream_ops = { ...node.stream_ops, read };
}

/** A device takes the place of standard output, and gets whole pieces where a terminal would get characters. */
function catchContents(files: FileSystem, use: (bytes: Buffer) => void): void {
  const device = files.makedev(64, 0);
  files.registerDevice(device, {
    open() {},
    close() {},
    write(_, buffer, offset, length) {
      use(Buffer.from(buffer.buffer, buffer.byteOffset + offset, length));
      return length;
    },
  });
  files.mkdev(CONTENTS, device);
  files.close(files.streams[1]);
  // The lowest number that is free, as everywhere.
  files.open(CONTENTS, 'w');
}
