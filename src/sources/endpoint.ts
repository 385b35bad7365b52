/** Variables of the hosts' own tools that name a mirror. */
const OWN: Readonly<Record<string, string>> = { huggingface: 'HF_ENDPOINT' };

/** Base URL of a host, without a trailing slash: its own, or what MEDDS_ENDPOINT_<METHOD> says (a mirror, a test). */
export function endpointOf(method: string, standard: string, env: NodeJS.ProcessEnv): string {
  const variable = `MEDDS_ENDPOINT_${method.toUpperCase().replaceAll('-', '_')}`;
  return (env[variable] || env[OWN[method] ?? ''] || standard).replace(/\/+$/, '');
}

/** Hosts, with their ports, that the environment puts in the places of others: the user has named them himself. */
export function endpointHosts(env: NodeJS.ProcessEnv): Set<string> {
  const own = Object.values(OWN);
  const values = Object.entries(env).filter(([name]) => name.startsWith('MEDDS_ENDPOINT_') || own.includes(name));
  return new Set(values.flatMap(([, value = '']) => (URL.canParse(value) ? [new URL(value).host] : [])));
}
