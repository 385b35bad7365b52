/** Variables of the hosts' own tools that name a mirror. */
const OWN: Readonly<Record<string, string>> = { huggingface: 'HF_ENDPOINT' };

/** Base URL of a host, without a trailing slash: its own, or what MEDDS_ENDPOINT_<METHOD> says (a mirror, a test). */
export function endpointOf(method: string, standard: string, env: NodeJS.ProcessEnv): string {
  const variable = `MEDDS_ENDPOINT_${method.toUpperCase().replaceAll('-', '_')}`;
  return (env[variable] || env[OWN[method] ?? ''] || standard).replace(/\/+$/, '');
}
