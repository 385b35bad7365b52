/** Secrets from everywhere, commands that succeed and that fail, as talkative as can be: they show up nowhere, and are stored nowhere. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuse } from '../hosts/misbehaviour.js';
import type { RunResult } from '../support/run-medds.js';
import { archive, fileHost, stageFor } from './stage.js';

const SECRET = 'CANARY0123456789abcdefCANARY';

/** Every variable that medds takes a secret from. */
const VARIABLES = [
  'ZENODO_TOKEN',
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'KAGGLE_API_TOKEN',
  'KAGGLE_KEY',
  'TCIA_PASSWORD',
  'GOOGLE_DRIVE_API_KEY',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'FIGSHARE_TOKEN',
  'DATAVERSE_API_TOKEN',
  'OSF_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'SYNAPSE_AUTH_TOKEN',
  'NITRC_PASSWORD',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

const host = await fileHost();
const SCANS = archive('scans.zip');
const stage = stageFor('secrets', (stage) => {
  for (const name of VARIABLES) stage.env[name] = SECRET;
  Object.assign(stage.env, {
    KAGGLE_USERNAME: 'ada',
    TCIA_USERNAME: 'ada',
    NITRC_USERNAME: 'ada',
    AWS_ACCESS_KEY_ID: 'AKIAADA',
    DATAVERSE_SERVER: '127.0.0.1',
    MEDDS_DEBUG: '1',
    MEDDS_TRIES: '1',
  });
  host.add('/scans.zip', SCANS.data);
});

/** Everything that was written below the test's folder, but what keeps secrets. */
function written(): string {
  const names = readdirSync(stage.folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && entry.name !== 'credentials.json')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${file}\n${readFileSync(file, 'latin1')}`)
    .join('\n');
}

function expectSilence({ stdout, stderr }: RunResult, what: string): void {
  const forms = [SECRET, Buffer.from(`ada:${SECRET}`).toString('base64'), 'CANARY'];
  const shown = stdout + stderr + written();
  for (const form of forms) expect(shown.includes(form), what).toBe(false);
}

async function silent(...args: string[]): Promise<RunResult> {
  const result = await stage.run(...args);
  expectSilence(result, args.filter((arg) => !arg.includes(SECRET)).join(' '));
  return result;
}

describe('secrets of the environment and of medds login', () => {
  it('show up in no command that looks at everything', async () => {
    const config = path.join(stage.folder, 'config');
    mkdirSync(config);
    const stored = { zenodo: SECRET, huggingface: SECRET, kaggle: SECRET, github: SECRET };
    writeFileSync(path.join(config, 'credentials.json'), JSON.stringify(stored));
    expect((await silent('doctor', '--offline')).stdout).toContain('ZENODO_TOKEN');
    await silent('config', 'list', '--json');
  });
});

/** As hosts sign their addresses. */
const SIGNED = `X-Amz-Signature=${SECRET}&sig=${SECRET}&token=${SECRET}&access_token=${SECRET}`;

describe('a signed address that is typed', () => {
  const address = () => host.url(`/scans.zip?${SIGNED}`);

  it('is fetched, and its signature kept out of everything', async () => {
    const { code, stderr } = await silent('fetch', address(), '--progress', 'json', '--json');
    expect(code, stderr).toBe(0);
    await silent('verify', 'scans', '--json');
  });

  it.each([
    ['404', refuse(404)],
    ['no answer', { noAnswer: 'reset' as const }],
  ])('that ends with %s is told of without it', async (_, rule) => {
    host.misbehave('/scans.zip', rule);
    expect((await silent('fetch', address(), '--progress', 'plain')).code).not.toBe(0);
  });

  it('is not repeated where its name is taken already', async () => {
    stage.register('scans', { method: 'direct', files: [{ url: host.url('/scans.zip'), path: 'scans.zip' }] });
    const { code, stderr } = await silent('fetch', address());
    expect(code).toBe(2);
    expect(stderr).toContain('--as NAME');
  });

  it('with a name and password is refused, and they are not repeated', async () => {
    expect((await silent('fetch', `https://ada:${SECRET}@127.0.0.1:9/a.zip`)).code).toBe(2);
  });
});

it('the password of a proxy is told to the proxy alone', async () => {
  stage.env.HTTP_PROXY = `http://ada:${SECRET}@127.0.0.1:9`;
  stage.env.HTTPS_PROXY = stage.env.HTTP_PROXY;
  stage.register('far', { method: 'direct', files: [{ url: 'http://data.example/a.zip', path: 'a.zip' }] });
  stage.register('farther', { method: 'direct', files: [{ url: 'https://data.example/a.zip', path: 'a.zip' }] });
  expect((await silent('fetch', 'far')).code).toBe(5);
  expect((await silent('fetch', 'farther', '--json')).code).toBe(5);
});

it('an address of a registry may hold one', async () => {
  const entry = {
    name: 'Scans',
    sources: [{ method: 'direct', files: [{ url: host.url('/scans.zip'), path: 'scans.zip' }] }],
  };
  host.add('/registry.json', JSON.stringify({ version: 1, datasets: { kept: entry } }));
  Object.assign(stage.env, { MEDDS_REGISTRY: host.url(`/registry.json?token=${SECRET}`), MEDDS_ALLOW_PRIVATE: '1' });
  expect((await silent('fetch', 'kept', '--json')).code).toBe(0);
  expect((await silent('info', 'kept')).stdout).toContain('registry.json?…');
  host.add('/broken.json', '{"version": 1}');
  stage.env.MEDDS_REGISTRY = host.url(`/broken.json?token=${SECRET}`);
  expect((await silent('info', 'kept')).code).toBe(2);
});
