// @ts-check
/** How the Hub refuses: with its own headers, by which its clients tell one case from another. */
import { jsonReply, textReply } from './reply.js';

/** @typedef {import('./huggingface-repo.js').Commit} Commit */

/**
 * @param {number} status
 * @param {string | undefined} code
 * @param {string} message
 */
export function refuse(status, code, message) {
  return textReply(status, message, errorHeaders(code, message));
}

/** @param {string | undefined} revision */
export const noRevision = (revision) => refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);

/** @param {Commit | undefined} commit */
export function noEntry(commit) {
  const reply = refuse(404, 'EntryNotFound', 'Entry not found');
  if (commit !== undefined) reply.headers['x-repo-commit'] = commit.sha;
  return reply;
}

/** The same for a repository that is not there and for one that is private. */
export function anonymous(message = 'Invalid username or password.') {
  const headers = { 'x-error-message': message, 'www-authenticate': 'Bearer realm="Authentication required"' };
  return jsonReply(401, { error: message }, headers);
}

/** What who is known is told of a repository that is not there, or not for them. */
export function notFound() {
  return jsonReply(404, { error: 'Repository not found' }, errorHeaders('RepoNotFound', 'Repository not found'));
}

/** @param {string | undefined} code @param {string} message @returns {Record<string, string>} */
function errorHeaders(code, message) {
  return { ...(code === undefined ? {} : { 'x-error-code': code }), 'x-error-message': message };
}
