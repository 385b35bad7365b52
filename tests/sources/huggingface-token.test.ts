import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOGINS } from '../../src/credentials/logins.js';
import { credentialsFile, storeSecret } from '../../src/credentials/store.js';
import { logIn } from '../../src/login.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { type HuggingFaceHost, startHuggingFace } from '../hosts/huggingface.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeAgents, contextFor, fileOf, requestOf, resolve } from './resolving.js';

const TOKEN = 'hf_good';

let hub: HuggingFaceHost;
let env: Record<string, string>;

beforeEach(async () => {
  hub = await startHuggingFace({ tokens: { [TOKEN]: ['ada/gated'] } });
  env = { MEDDS_ENDPOINT_HUGGINGFACE: hub.origin, HOME: tempDir('nobody') };
  const files = [{ path: 'labels.csv', content: 'case,label\n' }];
  await hub.addRepo({ id: 'ada/open', files });
  await hub.addRepo({ id: 'ada/gated', gated: 'auto', files });
});

afterEach(async () => {
  await hub.close();
  removeTempDirs();
});
afterAll(closeAgents);

const entry = (repo: string): SourceEntry => ({ method: 'huggingface', repo });

describe('the token', () => {
  const file = (folder: string, name: string, text: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const found = (more: Record<string, string>) =>
    LOGINS.huggingface?.find({ MEDDS_CONFIG_DIR: '/nowhere', ...env, ...more });

  test('comes from variables, then from the file of the own tools, then from medds login', async () => {
    expect(await found({})).toBeUndefined();
    const config = { MEDDS_CONFIG_DIR: tempDir('config') };
    await storeSecret('huggingface', 'hf_stored', config);
    expect(await found(config)).toEqual({ value: 'hf_stored', from: credentialsFile(config) });
    const home = env.HOME as string;
    const usual = file(path.join(home, '.cache', 'huggingface'), 'token', ' hf_file\n');
    expect(await found(config)).toEqual({ value: 'hf_file', from: usual });
    const moved = file(path.join(home, 'xdg', 'huggingface'), 'token', 'hf_xdg');
    expect(await found({ XDG_CACHE_HOME: path.join(home, 'xdg') })).toEqual({ value: 'hf_xdg', from: moved });
    const own = file(path.join(home, 'hf'), 'token', 'hf_home');
    expect(await found({ HF_HOME: '~/hf' })).toEqual({ value: 'hf_home', from: own });
    const named = file(home, 'mine', 'hf_path');
    expect(await found({ HF_HOME: '~/hf', HF_TOKEN_PATH: named })).toEqual({ value: 'hf_path', from: named });
    const old = { HUGGING_FACE_HUB_TOKEN: 'hf_old', HF_TOKEN_PATH: named };
    expect(await found(old)).toEqual({ value: 'hf_old', from: 'HUGGING_FACE_HUB_TOKEN' });
    expect(await found({ ...old, HF_TOKEN: 'hf_env' })).toEqual({ value: 'hf_env', from: 'HF_TOKEN' });
  });

  test('is a credential of every request to the Hub, and in no address', async () => {
    const resolution = await resolve(entry('ada/gated'), { ...env, HF_TOKEN: TOKEN });
    expect(hub.requests.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
    const request = await fileOf(resolution, 'labels.csv').request();
    expect(request.credentials).toEqual({ authorization: `Bearer ${TOKEN}` });
    expect(JSON.stringify([{ ...request, credentials: {} }, resolution])).not.toContain(TOKEN);
  });

  test('that is not good any more does not keep public files away', async () => {
    const resolution = await resolve(entry('ada/open'), { ...env, HF_TOKEN: 'hf_broken' });
    expect(resolution.files).toHaveLength(1);
    expect(resolution.notes).toEqual(['Hugging Face does not accept the token of HF_TOKEN. It was asked without it.']);
    expect((await requestOf(resolution, 'labels.csv')).credentials).toBeUndefined();
    await expect(resolve(entry('ada/gated'), { ...env, HF_TOKEN: 'hf_broken' })).rejects.toMatchObject({
      exitCode: 4,
      message: 'Hugging Face does not accept the token of HF_TOKEN',
      url: 'https://huggingface.co/settings/tokens',
    });
  });

  test('is tried by medds login, at the mirror where there is one', async () => {
    const { http } = contextFor({});
    const mirror = { HF_ENDPOINT: hub.origin, HOME: env.HOME as string, MEDDS_CONFIG_DIR: tempDir('config') };
    expect(await logIn('huggingface', TOKEN, { http, env: mirror })).toMatchObject({ checked: true });
    await expect(logIn('huggingface', 'hf_broken', { http, env: mirror })).rejects.toMatchObject({ exitCode: 4 });
  });
});
