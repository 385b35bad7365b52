import { expect, test } from 'vitest';
import type { FileRequest, RemoteFile } from '../../src/sources/source.js';
import { Address } from '../../src/transfer/address.js';

const { signal } = new AbortController();

/** A file whose n-th address is made by `request(n)`. */
function addressOf(request: (count: number) => Partial<FileRequest>): Address {
  let count = 0;
  const file: RemoteFile = {
    path: 'a.bin',
    checksums: [],
    unpack: false,
    into: '',
    request: async () => {
      count += 1;
      return { url: `https://host.example/${count}`, ...request(count) };
    },
  };
  return new Address(file);
}

test('an address is used until it is refused', async () => {
  const address = addressOf(() => ({}));
  const first = await address.get(signal);
  address.confirm(first, first);
  expect(await address.get(signal)).toBe(first);
  expect(address.expire(first, true)).toBe(true);
  const second = await address.get(signal);
  expect(second.url).toBe('https://host.example/2');
  // It never worked, and nobody said that it lives for seconds only.
  expect(address.expire(second, true)).toBe(false);
});

test('one that tells its end is not used after it', async () => {
  const address = addressOf((count) => ({ until: count === 1 ? Date.now() - 1 : Date.now() + 60_000 }));
  const [first, second, third] = [await address.get(signal), await address.get(signal), await address.get(signal)];
  expect(first.url).toBe('https://host.example/1');
  expect(second.url).toBe('https://host.example/2');
  expect(third).toBe(second);
});

test('one of short life may be refused a few times before it works', async () => {
  const address = addressOf(() => ({ until: Date.now() + 60_000 }));
  const verdicts: boolean[] = [];
  for (let tries = 0; tries < 4; tries++) verdicts.push(address.expire(await address.get(signal), true));
  expect(verdicts).toEqual([true, true, true, false]);
  // What is not there is not there by another link either.
  expect(address.expire(await address.get(signal), false)).toBe(false);
  const working = await address.get(signal);
  address.confirm(working, working);
  address.expire(working, true);
  expect(address.expire(await address.get(signal), true)).toBe(true);
});
