/** Makes a 7z, by 7-Zip itself in WebAssembly. */
import { posix } from 'node:path';
import sevenZip from '7z-wasm';

interface Program {
  FS: {
    mkdirTree(path: string): void;
    writeFile(path: string, data: Uint8Array): void;
    readFile(path: string): Uint8Array;
    chdir(path: string): void;
  };
  callMain(args: string[]): number;
}

/** @param switches as on 7-Zip's command line: `-ms=off`, `-m0=PPMd` */
export async function buildSevenZip(files: Record<string, Buffer>, switches: string[] = []): Promise<Buffer> {
  const start = sevenZip as unknown as (options: { print(): void }) => Promise<Program>;
  const { FS, callMain } = await start({ print: () => undefined });
  FS.mkdirTree('/in');
  FS.chdir('/in');
  for (const [path, data] of Object.entries(files)) {
    FS.mkdirTree(posix.dirname(`/in/${path}`));
    FS.writeFile(`/in/${path}`, data);
  }
  const code = callMain(['a', ...switches, '/out.7z', '.']);
  if (code !== 0) throw new Error(`7-Zip ended with ${code}`);
  return Buffer.from(FS.readFile('/out.7z'));
}
