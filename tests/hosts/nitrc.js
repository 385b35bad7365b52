// @ts-check
/**
 * NITRC's file releases on loopback, as public scripts recorded them (nitrcbot, datalad, nilearn and others, 2015 to 2026): pages of
 * downloads, files for all or behind the login, agreements that last a session, links to elsewhere; and the door of its image
 * repository. Names of cookies and the words of pages are made up, but for those that the scripts look for.
 */
import { bytes } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} ReleaseFacts
 * @property {string} id
 * @property {string} name
 * @property {string} group           number of its project
 * @property {import('./content.js').Content | string | Uint8Array} [content]
 * @property {string} [link]          where it is, when it is a link
 * @property {'open' | 'login' | 'agreement' | 'members'} [access]
 *   agreement: after a page, once a session; members: for none of the accounts here
 * @property {boolean} [ranges]       default true; not known of the real host
 *
 * @typedef {ReleaseFacts & { hosted: import('./reply.js').HostedFile | undefined }} Release
 */

const WHY = 'The tool/resource administrator has requested that you log in to download this file.';

export class NitrcHost extends FileHost {
  #accounts;
  /** Which agreements were given in a session. @type {Map<string, Set<string>>} */
  #sessions = new Map();
  #begun = 0;
  /** @type {Map<string, Release>} */
  #releases = new Map();
  /** Numbers by name. @type {Map<string, string>} */
  #projects = new Map();
  /** @type {Set<string>} */
  #closed = new Set();

  /** @param {import('./file-host.js').HostOptions & { accounts?: Record<string, string> }} [options]  passwords by user */
  constructor({ accounts = {}, ...options } = {}) {
    super(options);
    this.#accounts = accounts;
  }

  /** What leads a client here. */
  get env() {
    return { MEDDS_ENDPOINT_NITRC: this.origin };
  }

  /** @param {string} name @param {string} number @param {{ closed?: boolean }} [options]  closed: its downloads are for those who are logged in */
  addProject(name, number, { closed = false } = {}) {
    this.#projects.set(name, number);
    if (closed) this.#closed.add(number);
    return this;
  }

  /** @param {ReleaseFacts} facts @returns {this} */
  addRelease(facts) {
    const { content } = facts;
    const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
    const hosted =
      held === undefined ? undefined : this.hosted(held, { disposition: `attachment; filename="${facts.name}"` });
    this.#releases.set(facts.id, { ...facts, hosted });
    return this;
  }

  /** Where a file's bytes are asked for. @param {string} id */
  filePath(id) {
    const { name = '' } = this.#releases.get(id) ?? {};
    return `/frs/download.php/${id}/${encodeURIComponent(name)}`;
  }

  /** Everybody is logged out. */
  endSessions() {
    this.#sessions.clear();
  }

  /** @override @param {RequestRecord} request @returns {Reply | Promise<Reply>} */
  answer(request) {
    const { path, query, method } = request;
    if (query.has('form_pw')) this.violate('a password in an address');
    if (query.has('i_agree')) this.violate('an agreement that nobody gave');
    const session = this.#sessionOf(request);
    if (path === '/account/login.php')
      return method === 'POST' ? this.#login(request) : page('Login', 'Please log in.');
    if (path === '/ir/data/JSESSION') return this.#door(request);
    if (method !== 'GET' && method !== 'HEAD') return textReply(405);
    if (path === '/frs/') return this.#downloads(query.get('group_id') ?? '', session);
    const project = /^\/projects\/([\w-]+)\/$/.exec(path)?.[1];
    if (project !== undefined) return this.#project(project);
    const [, link, id = '', name] = /^\/frs\/download(link)?\.php\/(\d+)(?:\/([^/]+))?\/*$/.exec(path) ?? [];
    const release = this.#releases.get(id);
    if (release === undefined || (link !== undefined) !== (release.link !== undefined)) return super.answer(request);
    if (link === undefined && decodeURIComponent(name ?? '') !== release.name)
      return page('Not found', 'No such file.', 404);
    return this.#give(release, request, session);
  }

  /** @param {Release} release @param {RequestRecord} request @param {Set<string> | undefined} session @returns {Reply} */
  #give({ id, access = 'open', link, hosted, ranges = true }, request, session) {
    const mayPass = access === 'open' || (session !== undefined && access !== 'members');
    if (!mayPass) return this.#toLogin(request.path);
    if (access === 'agreement' && session?.has(id) !== true) {
      const form = `<form><input type="hidden" name="i_agree" value="1"><input type="submit" name="download_now" value="1"></form>`;
      return page('Agreement', `Do you agree to the terms? ${form}`);
    }
    if (link !== undefined) return textReply(302, '', { location: link });
    if (hosted === undefined) return page('Not found', 'No such file.', 404);
    return fileReply(request, hosted, { ranges });
  }

  /** @param {string} path */
  #toLogin(path) {
    const query = new URLSearchParams({ return_to: path, feedback: WHY });
    return textReply(302, '', { location: `/account/login.php?${query}` });
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #login(request) {
    const form = new URLSearchParams(request.body.toString());
    const user = form.get('form_loginname') ?? '';
    if (this.#accounts[user] === undefined || this.#accounts[user] !== form.get('form_pw')) {
      return page('Login', '<h3>Invalid Password Or User Name</h3>');
    }
    this.#begun += 1;
    const id = `session-${this.#begun}`;
    this.#sessions.set(id, new Set());
    const cookies = [`session_ser=${id}; path=/; HttpOnly`, 'nitrc_seen=1; path=/'];
    return textReply(302, '', { location: form.get('return_to') || '/account/', 'set-cookie': cookies });
  }

  /** The image repository: Basic authentication, names in lower case. @param {RequestRecord} request @returns {Reply} */
  #door({ headers }) {
    const account = Buffer.from(/^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64').toString();
    const [, user = '', password] = /^([^:]*):(.*)$/.exec(account) ?? [];
    const known = Object.keys(this.#accounts).find((name) => name.toLowerCase() === user);
    if (known === undefined || this.#accounts[known] !== password)
      return page('HTTP Status 401', 'Login attempt failed.', 401);
    return textReply(200, 'C0FFEE00C0FFEE00C0FFEE00C0FFEE00');
  }

  /** @param {string} group @param {Set<string> | undefined} session @returns {Reply} */
  #downloads(group, session) {
    if (this.#closed.has(group) && session === undefined) return this.#toLogin(`/frs/?group_id=${group}`);
    const rows = [...this.#releases.values()]
      .filter((release) => release.group === group)
      .map(({ id, name, link }) => {
        const href = link === undefined ? `/frs/download.php/${id}/${name}` : `/frs/downloadlink.php/${id}`;
        // Once by its name, once by its picture.
        return `<tr><td><a href="${href}">${name.replaceAll('&', '&amp;')}</a> <a class="i" href='${href}'><img alt=""></a></td></tr>`;
      });
    return page(
      'NITRC: Tool/Resource: File Release Notes',
      `<a href="/projects/x/">Home</a><table>${rows.join('\n')}</table>`,
    );
  }

  /** @param {string} name @returns {Reply} */
  #project(name) {
    const number = this.#projects.get(name);
    if (number === undefined) return page('NITRC: Error', 'That project does not exist.');
    return page(`NITRC: ${name}`, `<a href="/frs/?group_id=${number}">Downloads</a>`);
  }

  /** @param {RequestRecord} request */
  #sessionOf({ headers }) {
    const id = /(?:^|;\s*)session_ser=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    return id === undefined ? undefined : this.#sessions.get(id);
  }
}

/**
 * NITRC, listening.
 * @param {ConstructorParameters<typeof NitrcHost>[0]} [options]
 */
export function startNitrc(options) {
  return new NitrcHost(options).start();
}

/** @param {string} title @param {string} body @param {number} [status] */
function page(title, body, status = 200) {
  const html = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body>${body}</body></html>`;
  return textReply(status, html, { 'content-type': 'text/html; charset=UTF-8' });
}
