/**
 * A personal access token of Synapse, with the scopes view and download
 * (https://help.synapse.org/docs/Managing-Your-Account.2055405596.html). It is looked for where Synapse's own clients look: in their
 * variable, then in their file (https://github.com/Sage-Bionetworks/synapsePythonClient, synapseclient/.synapseConfig).
 */
import os from 'node:os';
import path from 'node:path';
import { type Secret, secretOfEnv, secretOfFile, storedSecret } from './store.js';

/** The API; its parts are /repo/v1 (what there is) and /file/v1 (where bytes are). */
export const SYNAPSE_API = 'https://repo-prod.prod.sagebase.org';

/** Page on which tokens are made. */
export const SYNAPSE_TOKENS = 'https://www.synapse.org/PersonalAccessTokens:';

/** From SYNAPSE_AUTH_TOKEN, from `~/.synapseConfig`, or as `medds login synapse` keeps it. */
export async function synapseToken(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  return secretOfEnv(env, 'SYNAPSE_AUTH_TOKEN') ?? (await ofConfig(env)) ?? (await storedSecret('synapse', env));
}

export const synapseHeaders = (token: string) => ({ authorization: `Bearer ${token}` });

/** Sections of the file that hold the token of those who name no profile; older clients wrote the second. */
const SECTIONS = ['default', 'authentication'];

async function ofConfig(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  const file = await secretOfFile(path.join(env.HOME || os.homedir(), '.synapseConfig'));
  if (file === undefined) return undefined;
  const tokens = tokensBySection(file.value);
  const value = SECTIONS.map((section) => tokens.get(section)).find((token) => token !== undefined);
  return value === undefined ? undefined : { value, from: file.from };
}

/** An INI file as Python's configparser reads it: `authtoken = …` or `authtoken: …` below `[section]`, comments on lines of their own. */
function tokensBySection(text: string): Map<string, string> {
  const tokens = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? section;
    const token = /^authtoken\s*[=:]\s*(\S+)\s*$/i.exec(line)?.[1];
    if (token !== undefined) tokens.set(section, token);
  }
  return tokens;
}
