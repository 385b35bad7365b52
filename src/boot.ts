/** Which start of which machine this is: what the page cache held is lost with it, whoever wrote it. */
import fs from 'node:fs/promises';
import os from 'node:os';

let boot: string | undefined;

/** The same text until the machine starts again; where it cannot be told, one that no other process has. */
export async function bootId(): Promise<string> {
  boot ??= await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (id) => `${os.hostname()} ${id.trim()}`,
    // Elsewhere the start of the machine is not told: what earlier processes wrote is looked at again.
    () => `unknown ${process.pid} ${Date.now()}`,
  );
  return boot;
}
