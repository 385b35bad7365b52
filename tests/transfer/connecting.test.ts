/** The way to a host: addresses of both families, and what its redirects may lead to. */
import dns from 'node:dns';
import http from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Agents } from '../../src/transfer/agents.js';
import { startConversation } from '../../src/transfer/conversation.js';
import { selfSignedCertificate } from '../hosts/certificate.js';
import { bytes } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { redirect } from '../hosts/misbehaviour.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { closeEngines, expectRight, fetchFile, remoteFile } from './downloading.js';

const host = await startFileHost();
const CONTENT = bytes('slice,label\n');
const NAME = '/a.csv';

afterEach(async () => {
  vi.restoreAllMocks();
  host.behave();
  await closeEngines();
});
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

const fetchFrom = (url: string) => fetchFile(remoteFile(host, NAME, { request: async () => ({ url }) }));

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => isIPv6(address)));

it.skipIf(!hasIPv6)('a host with an IPv6 address only', async () => {
  const server = http.createServer((_, response) => response.end('slice,label\n')).listen(0, '::1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await expectRight(await fetchFrom(`http://[::1]:${port}${NAME}`), CONTENT);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('a host whose first address does not answer is reached at its second', async () => {
  host.add(NAME, CONTENT);
  const addresses = [
    { address: '::ffff:192.0.2.1', family: 6 }, // For documentation only (RFC 5737): nobody is there.
    { address: '127.0.0.1', family: 4 },
  ];
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    const done = args.at(-1) as (error: null, found: typeof addresses) => void;
    process.nextTick(done, null, addresses);
  }) as never);
  await expectRight(await fetchFrom(host.url(NAME, 'both.example')), CONTENT);
  expect(lookup).toHaveBeenCalled();
});

it('https that redirects to http is refused, and http is not asked', async ({ skip }) => {
  const tls = selfSignedCertificate();
  if (tls === undefined) return skip('there is no openssl program to make a certificate with');
  const secure = await startFileHost({ tls });
  host.add(NAME, CONTENT);
  secure.misbehave(NAME, redirect(host.url(NAME)));
  const before = host.requests.length;
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  try {
    await expect(fetchFrom(secure.url(NAME))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('https must not become http'),
      host: new URL(secure.origin).host,
      hint: expect.any(String),
    });
    expect(secure.requests).toHaveLength(1);
    expect(host.requests).toHaveLength(before);
  } finally {
    vi.unstubAllEnvs();
    await secure.close();
  }
});

describe('a login over plain http', () => {
  const credentials = { authorization: 'Bearer secret' };

  it('goes to this machine only', async () => {
    host.add(NAME, CONTENT);
    const request = async () => ({ url: host.url(NAME), credentials });
    await expectRight(await fetchFile(remoteFile(host, NAME, { request })), CONTENT);
    expect(host.requests.at(-1)?.headers.authorization).toBe('Bearer secret');
  });

  it('is refused elsewhere, through a proxy too, and nothing is sent', async () => {
    const before = host.requests.length;
    vi.stubEnv('HTTP_PROXY', host.origin);
    try {
      const request = async () => ({ url: 'http://data.example/a.csv', credentials });
      await expect(fetchFile(remoteFile(host, NAME, { request }))).rejects.toMatchObject({
        exitCode: 5,
        host: 'data.example',
        message: expect.stringContaining('plain http'),
      });
      const agents = new Agents();
      const ask = startConversation({ agents, userAgent: 'medds-test' }).ask({
        url: 'http://data.example/api',
        credentials,
      });
      await expect(ask).rejects.toThrow('plain http');
      agents.close();
    } finally {
      vi.unstubAllEnvs();
    }
    expect(host.requests).toHaveLength(before);
  });
});
