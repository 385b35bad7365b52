/** Why a host cannot be reached, in words. */
import { MeddsError, NetworkError } from '../errors.js';

/** @param error what the connection to `host` ended with */
export function unreachable(error: unknown, host: string): MeddsError {
  if (error instanceof MeddsError) return error;
  const { code, hostname, message } = error as NodeJS.ErrnoException & { hostname?: string };
  if (code === 'ENOTFOUND') {
    return new NetworkError(`There is no host called ${hostname ?? host}`, {
      host,
      cause: error,
      hint: 'Is this machine online, and does it need a proxy (HTTPS_PROXY)?',
    });
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new NetworkError(`The certificate of ${host} is out of its time: ${message}`, {
      host,
      cause: error,
      hint: `Is this machine's clock right? It says ${new Date().toISOString()}.`,
    });
  }
  if (code !== undefined && /CERT|SELF_SIGNED|ISSUER/.test(code)) {
    return new NetworkError(`The certificate of ${host} is not trusted: ${message}`, {
      host,
      cause: error,
      hint: 'If your institution inspects traffic, point NODE_EXTRA_CA_CERTS at its CA certificate (a PEM file).',
    });
  }
  return new NetworkError(`${host} cannot be reached: ${message}`, {
    host,
    cause: error,
    hint: 'Run the same command again later; what is here is kept.',
  });
}
