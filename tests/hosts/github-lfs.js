// @ts-check
/** Git LFS's batch API, as github.com speaks it (docs/api/batch.md of github.com/git-lfs/git-lfs). */
import { DOCS } from './github-repo.js';
import { jsonReply } from './reply.js';

/**
 * @typedef {import('./github-repo.js').Repo} Repo
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 */

const TYPE = 'application/vnd.git-lfs+json';

/** Objects that git-lfs asks for at a time; who asks for more is no polite client. */
const MOST = 100;
/** Seconds that a link lives. */
const LIFE = 3600;

const OVER = {
  budget:
    'This repository exceeded its LFS budget. The account responsible for the budget should increase it to restore access.',
  quota:
    'This repository is over its data quota. Account responsible for LFS bandwidth should purchase more data packs to restore access.',
};

/**
 * @param {import('./github.js').GitHubHost} host
 * @param {RequestRecord} request
 * @param {Repo | undefined} repo
 * @param {string[]} tokens  that open private repositories
 */
export function answerOfLfs(host, { headers, body, path }, repo, tokens) {
  if (headers.accept !== TYPE || headers['content-type'] !== TYPE) {
    host.violate(`${path} was not spoken to as ${TYPE}`);
    return problem(406, 'Not acceptable');
  }
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  const [, password = ''] = Buffer.from(basic, 'base64').toString().split(':');
  if (repo?.private === true && !tokens.includes(password)) {
    return problem(401, 'Credentials needed', { 'lfs-authenticate': 'Basic realm="GitHub"' });
  }
  if (repo === undefined) return problem(404, 'Not found');
  if (!repo.private && headers.authorization !== undefined) host.violate(`${path} was sent a token without need`);
  if (repo.lfs !== undefined) return problem(403, OVER[repo.lfs]);
  const { operation, objects } = JSON.parse(body.toString());
  if (operation !== 'download' || objects.length > MOST) {
    host.violate(`${path} was asked to ${operation} ${objects.length} objects`);
    return problem(422, 'Unprocessable');
  }
  const held = new Set(repo.commits.flatMap(({ blobs }) => blobs.map(({ lfs }) => lfs?.oid)));
  return reply(200, {
    objects: objects.map((/** @type {{ oid: string, size: number }} */ { oid, size }) => {
      if (!held.has(oid)) return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } };
      const expires_at = new Date(Date.now() + LIFE * 1000).toISOString();
      return { oid, size, actions: { download: { href: host.store.sign(oid), expires_at, expires_in: LIFE } } };
    }),
  });
}

/** @param {number} status @param {object} value @param {Record<string, string>} [headers] */
function reply(status, value, headers) {
  return jsonReply(status, value, { 'content-type': `${TYPE}; charset=utf-8`, ...headers });
}

/** @param {number} status @param {string} message @param {Record<string, string>} [headers] */
function problem(status, message, headers) {
  return reply(status, { message, documentation_url: DOCS, request_id: '123' }, headers);
}
