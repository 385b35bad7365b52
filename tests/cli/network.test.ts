/** The way to a host: proxies, certificates, a limit of bytes a second. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../hosts/certificate.js';
import { proxyTo } from './proxy.js';
import { archive, fileHost, offer, offerUnknown, single, stageFor } from './stage.js';

const SCANS = archive('scans.zip');

const host = await fileHost();
const proxy = await proxyTo(host.origin);
const stage = stageFor('network', (stage) => {
  stage.register('scans', offer(host, SCANS));
  proxy.asked.length = 0;
});

describe('a proxy', () => {
  it('is asked for everything, a registry too', async () => {
    const source = offer(host, SCANS);
    // Hosts that nobody but the proxy can find.
    for (const file of source.files) file.url = 'http://data.example/scans.zip';
    host.add('/registry.json', JSON.stringify({ version: 1, datasets: { far: { name: 'Far', sources: [source] } } }));
    stage.env.HTTP_PROXY = proxy.url;
    stage.env.MEDDS_REGISTRY = 'http://registry.example/registry.json';
    await stage.json('fetch', 'far');
    expect(proxy.asked).toEqual(['registry.example', 'data.example']);
    await stage.expectComplete('far', SCANS.tree);
  });

  it('is left alone for what NO_PROXY names', async () => {
    Object.assign(stage.env, { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    await stage.json('fetch', 'scans');
    expect(proxy.asked).toEqual([]);
  });
});

describe('a host with a certificate that nobody here knows', async () => {
  const tls = selfSignedCertificate(['DNS:data.example', 'IP:127.0.0.1']);
  const secure = tls === undefined ? host : await fileHost({ tls });
  const tunnel = await proxyTo(secure.origin);

  beforeEach(({ skip }) => {
    if (tls === undefined) skip('there is no openssl program to make a certificate with');
    stage.register('scans', offer(secure, SCANS));
    tunnel.asked.length = 0;
  });

  it('is not believed, and the message names NODE_EXTRA_CA_CERTS', async () => {
    const stderr = await stage.fails(5, 'fetch', 'scans');
    expect(stderr).toContain(`The certificate of ${new URL(secure.origin).host} is not trusted`);
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
    expect(secure.requests).toEqual([]);
  });

  it('is believed with NODE_EXTRA_CA_CERTS, through a tunnel as well', async () => {
    const file = path.join(stage.folder, 'ca.pem');
    writeFileSync(file, tls?.cert ?? '');
    stage.env.NODE_EXTRA_CA_CERTS = file;
    await stage.json('fetch', 'scans');
    await stage.expectComplete('scans', SCANS.tree);

    stage.env.HTTPS_PROXY = tunnel.url;
    const url = 'https://data.example/scans.zip';
    expect(await stage.json('fetch', url, '--as', 'far')).toMatchObject({ outcome: 'fetched' });
    expect(tunnel.asked).toEqual(['data.example']);
    await stage.expectComplete('far', SCANS.tree);
  });
});

it.each([
  ['the flag', ['--limit-rate', '1k'], {}],
  ['the variable', [], { MEDDS_LIMIT_RATE: '1k' }],
])('a limit of bytes a second is kept that %s sets', async (_, args, env) => {
  const list = single('list.csv', 900_000);
  stage.register('list', offerUnknown(host, list));
  Object.assign(stage.env, env);
  const before = host.bytesSent('/list.csv');
  const running = stage.start('fetch', 'list', ...args);
  await host.reached('/list.csv', before + list.data.length);
  // All of it has been sent, but takes a quarter of an hour to be let in: without a limit the fetch would be done by now.
  expect(await stage.json('status')).toMatchObject({ datasets: [{ id: 'list', state: 'partial' }] });
  running.kill();
  expect(await running.result).toMatchObject({ code: 130, stdout: '' });
});
