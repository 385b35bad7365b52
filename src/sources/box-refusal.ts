/** What Box answers in place of a file or a folder, in plain words, with what the user can do. */
import { ActionRequiredError, type MeddsError, NetworkError, NotFoundError, QuotaError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';

/** The link may be looked at, but nothing may be saved. */
export function viewOnly(name: string, link: string): ActionRequiredError {
  const url = printable(link);
  return new ActionRequiredError(`The owners of ${printable(name)} on Box let it be looked at, but not downloaded`, {
    url,
    steps: [`Ask them at ${url} to allow downloads, or for the file.`, 'Give what they send to medds import.'],
  });
}

/**
 * Why a link gives nothing that can be downloaded. The words are those that public programs look for (JDownloader and FreeRapid, and
 * CyberDropDownloader in 2026); that the page which asks for a password has a field of that type is what they say of older pages,
 * and a guess for today's.
 * @param link what was asked for, shown without its query in messages
 */
export function refusedByBox(answer: Answer, link: string): MeddsError {
  const { status, text } = answer;
  const { host, hostname, pathname } = new URL(answer.url);
  const url = printable(link);
  const what = `The Box link ${redactUrl(link)}`;
  const byHand = [`Open ${url} in a browser.`, 'Save what it gives, and give that to medds import.'];
  // Companies' own log-in hosts are called so too: cornell.account.box.com.
  const isLogin = /(^|\.)account\.box\.com$/.test(hostname) || /^\/login\b/.test(pathname);
  if (!isLogin && /<input\b[^>]*\b(type="password"|id="shared_password")/i.test(text)) {
    return new ActionRequiredError(`${what} is protected by a password`, { host, url, steps: byHand });
  }
  if (isLogin || status === 401 || status === 403) {
    return new ActionRequiredError(`${what} is open to invited people only`, {
      host,
      url,
      steps: ['Ask its owners for access, or log in with an account that has it.', ...byHand],
    });
  }
  if (status === 404 || status === 410 || /shared file or folder link has been removed/i.test(text)) {
    return new NotFoundError(`${what} is gone: its owners have removed it, or it has expired`, {
      host,
      hint: `Look at ${url} . medds info shows other sources.`,
    });
  }
  if (/out of bandwidth|error_message_bandwidth/i.test(text)) {
    return new QuotaError(`${what} gives no more for now: its owners have used up what Box lets them send`, {
      host,
      hint: 'Run the same command again later; what is here is kept. Or use another source (--source).',
    });
  }
  try {
    refuseStatus(answer, what);
  } catch (error) {
    return error as MeddsError;
  }
  return new NetworkError(`Box sent something else in place of ${redactUrl(link)}: ${words(text) || 'nothing'}`, {
    host,
    hint: `Open ${url} in a browser to see what it wants; give what you save there to medds import.`,
  });
}
