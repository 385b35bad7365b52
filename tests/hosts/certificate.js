// @ts-check
/** A certificate that nobody has signed but itself, made when it is needed. Node has no way to make one, so the openssl program does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * @param {string[]} [names]  subject alternative names, as openssl writes them
 * @returns {{ key: string, cert: string } | undefined}  PEM; undefined when there is no openssl here
 */
export function selfSignedCertificate(names = ['IP:127.0.0.1', 'DNS:localhost']) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'medds-certificate-'));
  try {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=medds stand-in host', '-addext', `subjectAltName=${names.join(',')}`];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      ...curve,
      ...subject,
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    if (made.status !== 0) return undefined;
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
