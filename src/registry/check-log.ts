/** What `medds registry check` has found, written down as it comes: a run that was stopped goes on where it was. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { asDiskError } from '../errors.js';
import { RecordWriter, readRecords } from '../library/records.js';
import type { SourceCheck } from '../registry-check.js';
import { bare } from '../sources/pin.js';
import type { SourceEntry } from './schema.js';

interface Logged {
  /** Of the entry that was asked: another one is another question. */
  entry: string;
  check: SourceCheck;
}

export class CheckLog {
  private constructor(
    private readonly known: ReadonlyMap<string, SourceCheck>,
    private readonly writer: RecordWriter,
  ) {}

  /** @throws DiskError */
  static async open(home: string): Promise<CheckLog> {
    const file = path.join(home, 'state', '.registry-check.ndjson');
    try {
      const known = new Map<string, SourceCheck>();
      for await (const { entry, check } of readRecords<Logged>(file)) known.set(`${check.dataset} ${entry}`, check);
      await fs.mkdir(path.dirname(file), { recursive: true });
      return new CheckLog(known, await RecordWriter.open(file, { append: true }));
    } catch (error) {
      throw asDiskError(error, { file, hint: 'Correct its permissions, or choose another library (--home).' });
    }
  }

  /** @param maxAge milliseconds; what could not be reached is always asked again */
  find(dataset: string, entry: SourceEntry, maxAge: number): SourceCheck | undefined {
    const check = this.known.get(`${dataset} ${digestOf(entry)}`);
    if (check === undefined || check.state === 'unreachable') return undefined;
    return Date.now() - Date.parse(check.at) < maxAge ? check : undefined;
  }

  async add(entry: SourceEntry, check: SourceCheck): Promise<void> {
    await this.writer.append({ entry: digestOf(entry), check } satisfies Logged);
    await this.writer.write();
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}

const digestOf = (entry: SourceEntry): string =>
  createHash('sha256')
    .update(JSON.stringify(bare(entry)))
    .digest('hex');
