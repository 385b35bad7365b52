/** Runs `work` over all items, at most `limit` at a time. The first failure ends it, once what was begun has settled. */
export async function eachAtMost<T>(
  limit: number,
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    try {
      while (!failed) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: limit }, lane));
  const rejected = lanes.find((result) => result.status === 'rejected');
  if (rejected === undefined) return;
  await iterator.return?.();
  throw rejected.reason;
}
