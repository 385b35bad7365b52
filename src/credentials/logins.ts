/** The hosts that `medds login` knows: what they want, where it is made, where it is looked for, and how it is tried. */
import { dataverseHeaders, dataverseSecret, splitDataverseSecret } from './dataverse.js';
import { FIGSHARE_API, figshareHeaders, figshareSecret } from './figshare.js';
import { GITHUB_API, GITHUB_TOKENS, githubHeaders, githubToken } from './github.js';
import { driveSecret } from './google-drive.js';
import { huggingFaceToken } from './huggingface.js';
import { kaggleCredentials, kaggleSecret } from './kaggle.js';
import { NITRC, NITRC_REGISTRATION, nitrcAccount, nitrcHeaders } from './nitrc.js';
import { OSF_API, osfHeaders, osfSecret } from './osf.js';
import { physionetAccount } from './physionet.js';
import { type Secret, secretOfEnv, storedSecret } from './store.js';
import { SYNAPSE_API, SYNAPSE_TOKENS, synapseHeaders, synapseToken } from './synapse.js';
import { tciaAccount } from './tcia.js';

export interface Login {
  /** Name for people. */
  title: string;
  /** Page where the secret is made. */
  page: string;
  /** What is asked for, in order; the answers are kept with a colon between them. */
  asks: readonly { what: string; shown?: boolean }[];
  /** The secret that would be used, and where it comes from. */
  find(env: NodeJS.ProcessEnv): Promise<Secret | undefined>;
  /** A request that only an accepted secret gets an answer to. */
  trial?: {
    /** Access method whose endpoint it goes to, and the endpoint's standard, which the secret may name. */
    method: string;
    standard: string | ((secret: string) => string);
    path: string;
    credentials(secret: string): Record<string, string>;
  };
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** From these variables, or from `medds login`. */
const from =
  (host: string, ...variables: string[]) =>
  async (env: NodeJS.ProcessEnv): Promise<Secret | undefined> =>
    secretOfEnv(env, ...variables) ?? storedSecret(host, env);

export const LOGINS: Readonly<Record<string, Login>> = {
  zenodo: {
    title: 'Zenodo',
    page: 'https://zenodo.org/account/settings/applications/tokens/new/',
    asks: [{ what: 'token' }],
    find: from('zenodo', 'ZENODO_TOKEN', 'ZENODO_ACCESS_TOKEN', 'ZENODO_API_TOKEN'),
    trial: {
      method: 'zenodo',
      standard: 'https://zenodo.org',
      path: '/api/deposit/depositions?size=1',
      credentials: bearer,
    },
  },
  tcia: {
    title: 'NBIA',
    page: 'https://www.cancerimagingarchive.net/registration/',
    asks: [{ what: 'user name', shown: true }, { what: 'password' }],
    find: tciaAccount,
  },
  huggingface: {
    title: 'Hugging Face',
    page: 'https://huggingface.co/settings/tokens',
    asks: [{ what: 'token' }],
    find: huggingFaceToken,
    trial: { method: 'huggingface', standard: 'https://huggingface.co', path: '/api/whoami-v2', credentials: bearer },
  },
  figshare: {
    title: 'Figshare',
    page: 'https://figshare.com/account/applications',
    asks: [{ what: 'token' }],
    find: figshareSecret,
    trial: { method: 'figshare', standard: FIGSHARE_API, path: '/account', credentials: figshareHeaders },
  },
  dataverse: {
    title: 'Dataverse',
    page: 'https://guides.dataverse.org/en/latest/user/account.html#api-token',
    asks: [{ what: 'server', shown: true }, { what: 'API token' }],
    find: dataverseSecret,
    trial: {
      method: 'dataverse',
      standard: (secret) => splitDataverseSecret(secret).server,
      path: '/api/users/:me',
      credentials: (secret) => dataverseHeaders(splitDataverseSecret(secret).value),
    },
  },
  osf: {
    title: 'OSF',
    page: 'https://osf.io/settings/tokens',
    asks: [{ what: 'token' }],
    find: osfSecret,
    trial: { method: 'osf', standard: OSF_API, path: '/users/me/', credentials: osfHeaders },
  },
  kaggle: {
    title: 'Kaggle',
    page: 'https://www.kaggle.com/settings',
    asks: [{ what: 'API token (or user name:key)' }],
    find: kaggleSecret,
    // Which competitions one has entered: of nobody, there is no list.
    trial: {
      method: 'kaggle',
      standard: 'https://www.kaggle.com',
      path: '/api/v1/competitions/list?group=entered',
      credentials: kaggleCredentials,
    },
  },
  github: {
    title: 'GitHub',
    page: GITHUB_TOKENS,
    asks: [{ what: 'token' }],
    find: githubToken,
    // Any token may ask how often it may ask, and that is not counted.
    trial: { method: 'github', standard: GITHUB_API, path: '/rate_limit', credentials: githubHeaders },
  },
  synapse: {
    title: 'Synapse',
    page: SYNAPSE_TOKENS,
    asks: [{ what: 'token' }],
    find: synapseToken,
    trial: { method: 'synapse', standard: SYNAPSE_API, path: '/repo/v1/userProfile', credentials: synapseHeaders },
  },
  nitrc: {
    title: 'NITRC',
    page: NITRC_REGISTRATION,
    asks: [{ what: 'user name', shown: true }, { what: 'password' }],
    find: nitrcAccount,
    // Its image repository says whether it takes an account, which its web pages do not.
    trial: { method: 'nitrc', standard: NITRC, path: '/ir/data/JSESSION', credentials: nitrcHeaders },
  },
  physionet: {
    title: 'PhysioNet',
    page: 'https://physionet.org/register/',
    asks: [{ what: 'user name', shown: true }, { what: 'password' }],
    find: physionetAccount,
  },
  'google-drive': {
    title: 'Google Drive',
    page: 'https://console.cloud.google.com/apis/credentials',
    asks: [{ what: 'API key' }],
    find: driveSecret,
  },
};
