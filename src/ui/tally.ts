/** The figures behind every kind of progress display: how far each file is, all together, and how fast. */
import type { FileState, ProgressEvent } from '../progress.js';

type FileEvent = Extract<ProgressEvent, { event: 'file' }>;
export type PlanEvent = Extract<ProgressEvent, { event: 'plan' }>;

export interface FileProgress {
  file: string;
  state: FileState;
  /** Bytes received, or written while unpacking. */
  done: number;
  size?: number;
  /** Bytes of the download that are here. */
  received: number;
  /** Bytes that were here when this run began with the file. */
  before: number;
  rate: Rate;
  detail?: string;
}

/** Speed over the last few seconds, bytes a second. */
export class Rate {
  readonly #samples: { at: number; value: number }[] = [];

  constructor(
    private readonly span = 5000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(value: number): void {
    const at = this.now();
    const last = this.#samples.at(-1);
    // A sample each quarter of a second is enough, however often bytes come.
    if (last !== undefined && this.#samples.length > 1 && at - last.at < 250) last.value = value;
    else this.#samples.push({ at, value });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) < at - this.span) this.#samples.shift();
  }

  /** Undefined before there are two samples. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    const elapsed = Math.max(last.at, this.now()) - first.at;
    return Math.max(0, ((last.value - first.value) / elapsed) * 1000);
  }
}

export class Tally {
  plan: PlanEvent | undefined;
  /** Files under way. */
  readonly active = new Map<string, FileProgress>();
  finished = 0;
  readonly rate: Rate;
  #finishedBytes = 0;
  /** Bytes of parts that no file of this run has taken up yet. */
  #untouched = 0;

  constructor(private readonly now?: () => number) {
    this.rate = new Rate(5000, now);
  }

  /** Bytes of all downloads that are here. */
  get received(): number {
    let sum = (this.plan?.have ?? 0) + this.#finishedBytes + this.#untouched;
    for (const { received } of this.active.values()) sum += received;
    return sum;
  }

  /** Seconds left at the present speed. */
  get secondsLeft(): number | undefined {
    const size = this.plan?.size;
    const speed = this.rate.perSecond;
    if (size === undefined || speed === undefined || speed === 0) return undefined;
    return (size - this.received) / speed;
  }

  begin(plan: PlanEvent): void {
    this.plan = plan;
    this.finished = plan.finished;
    this.#untouched = plan.parts;
    this.rate.add(this.received);
  }

  /** @returns the file, and whether its state is new */
  update(event: FileEvent): { file: FileProgress; entered: boolean } {
    const known = this.active.get(event.file);
    const file: FileProgress = known ?? {
      file: event.file,
      state: event.state,
      done: event.done,
      received: 0,
      before: event.state === 'resuming' ? event.done : 0,
      rate: new Rate(5000, this.now),
    };
    if (known === undefined) this.#untouched = Math.max(0, this.#untouched - file.before);
    const entered = known === undefined || known.state !== event.state || event.detail !== undefined;
    file.state = event.state;
    file.done = event.done;
    if (event.size !== undefined) file.size = event.size;
    if (event.detail !== undefined) file.detail = event.detail;
    if (event.state === 'done') {
      this.active.delete(event.file);
      this.finished += 1;
      this.#finishedBytes += file.received;
    } else {
      this.active.set(event.file, file);
      if (event.state !== 'unpacking') file.received = event.done;
      file.rate.add(event.done);
    }
    // What earlier runs brought is not speed.
    if (event.state !== 'resuming' || known !== undefined) this.rate.add(this.received);
    return { file, entered };
  }
}
