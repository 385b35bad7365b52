// @ts-check
/**
 * PhysioNet on loopback, as far as its files go: the folder of each version with SHA256SUMS.txt, pages of folders as nginx makes
 * them, basic authentication, and the way to the login for who has none. That 403 means an agreement that is not signed is a guess
 * from its source (github.com/MIT-LCP/physionet-build).
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 */

export class PhysioNetHost extends FileHost {
  /** By `PROJECT/VERSION`. @type {Map<string, { files: Map<string, HostedFile>, open: boolean, signed: boolean }>} */
  #projects = new Map();
  #accounts;

  /** @param {import('./file-host.js').HostOptions & { accounts?: string[] }} [options]  accounts: `user:password` */
  constructor({ accounts = [], ...options } = {}) {
    super(options);
    this.#accounts = new Set(accounts.map((account) => `Basic ${Buffer.from(account).toString('base64')}`));
  }

  get env() {
    return { MEDDS_ENDPOINT_PHYSIONET: this.origin };
  }

  /**
   * @param {string} name  `PROJECT/VERSION`
   * @param {Record<string, Held>} files
   * @param {{ open?: boolean, signed?: boolean, sums?: boolean }} [options]  signed: whether the accounts have signed the agreement
   */
  async addProject(name, files, { open = true, signed = true, sums = true } = {}) {
    const held = new Map(Object.entries(files).map(([path, content]) => [path, this.hosted(content)]));
    const lines = [];
    for (const [path, { content }] of held) lines.push(`${await digestOf(content, 'sha256')} ${path}\n`);
    if (sums) held.set('SHA256SUMS.txt', this.hosted(lines.join('')));
    this.#projects.set(name, { files: held, open, signed });
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    if (request.path === '/login/') return textReply(200, '<html>Log in</html>', { 'content-type': 'text/html' });
    const [, name = '', rest = ''] = /^\/files\/([^/]+\/[^/]+)\/(.*)$/.exec(request.path) ?? [];
    const project = this.#projects.get(name);
    if (project === undefined) return textReply(404, '<html>Not found</html>', { 'content-type': 'text/html' });
    const { authorization } = request.headers;
    if (!project.open) {
      if (authorization === undefined) return textReply(302, '', { location: `/login/?next=${request.path}` });
      if (!this.#accounts.has(String(authorization))) return textReply(401, 'Unauthorized');
      if (!project.signed) return textReply(403, 'Forbidden');
    }
    const path = decodeURIComponent(rest);
    const file = project.files.get(path);
    if (file !== undefined) return fileReply(request, file);
    const inside = [...project.files.keys()].filter((one) => one.startsWith(path));
    if ((path !== '' && !path.endsWith('/')) || inside.length === 0) return textReply(404);
    const names = new Set(inside.map((one) => one.slice(path.length).replace(/\/.*/, '/')));
    const links = [...names].map((one) => `<a href="${encodeURIComponent(one).replace('%2F', '/')}">${one}</a>`);
    return textReply(200, `<pre><a href="../">../</a>\n${links.join('\n')}</pre>`, { 'content-type': 'text/html' });
  }
}
