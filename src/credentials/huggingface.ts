/**
 * Access tokens of the Hugging Face Hub, from where its own tools look for them
 * (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables), or from `medds login huggingface`.
 */
import os from 'node:os';
import path from 'node:path';
import { type Secret, secretOfEnv, secretOfFile, storedSecret } from './store.js';

export async function huggingFaceToken(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  return (
    secretOfEnv(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ??
    (await secretOfFile(tokenFile(env))) ??
    (await storedSecret('huggingface', env))
  );
}

/** Where `hf auth login` keeps the token. */
function tokenFile(env: NodeJS.ProcessEnv): string {
  const home = env.HOME || os.homedir();
  const expanded = (text: string) => text.replace(/^~(?=$|[/\\])/, home);
  if (env.HF_TOKEN_PATH) return expanded(env.HF_TOKEN_PATH);
  const cache = env.XDG_CACHE_HOME || path.join(home, '.cache');
  return path.join(expanded(env.HF_HOME || path.join(cache, 'huggingface')), 'token');
}
