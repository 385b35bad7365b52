/** What Google Cloud Storage wants of who pays for reading: an access token, and the project that is billed. */
import { type Secret, secretOfEnv } from './store.js';

/** From the variables that gcloud, Terraform and others read; tokens live for an hour. */
export function googleCloudToken(env: NodeJS.ProcessEnv): Secret | undefined {
  return secretOfEnv(env, 'GOOGLE_OAUTH_ACCESS_TOKEN', 'CLOUDSDK_AUTH_ACCESS_TOKEN');
}

/** Id of the project that is billed. */
export function googleCloudProject(env: NodeJS.ProcessEnv): string | undefined {
  return secretOfEnv(env, 'GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT')?.value;
}
