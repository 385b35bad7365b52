/** What Dropbox answers in place of a file or a folder, in plain words, with what the user can do. */
import { ActionRequiredError, type MeddsError, NetworkError, NotFoundError, QuotaError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';

/** The titles and words of pages that are sent with 200 as well (JDownloader's plugin; `Dropbox - File Deleted` is seen still). */
const GONE =
  /<title>[^<]*(deleted|not found|404)|can(?:'|&#39;|’)t find the page you|file you(?:'|&#39;|’)re looking for has been/i;

/** 460: `Restricted Content: This file is no longer available` (JDownloader's plugin, 2020). */
const GONE_STATUSES = [400, 404, 410, 460];

/**
 * Links whose owners have used up the day's traffic are answered with 429, once with 509 (https://help.dropbox.com/share/banned-links);
 * both for hours, so that asking again soon does not help.
 */
export const TOO_MUCH = [429, 509];

/** @param page the link's page @returns what a page tells instead of showing what is shared; undefined when it shows it */
export function refusalOnPage(answer: Answer, page: string): MeddsError | undefined {
  const { status, text, headers } = answer;
  const { pathname } = new URL(answer.url);
  const isElsewhere = /^\/(sm\/password|login)\b/.test(pathname);
  const isPage = /^text\/html/i.test(headers['content-type'] ?? '') && text.trim() !== '';
  return status === 200 && isPage && !isElsewhere && !GONE.test(text) ? undefined : refusedByDropbox(answer, page);
}

/** Why a link gives nothing that can be downloaded. @param page the link's page */
export function refusedByDropbox(answer: Answer, page: string): MeddsError {
  const { status, text } = answer;
  const { host, pathname } = new URL(answer.url);
  const url = printable(page);
  const what = `The Dropbox link ${redactUrl(page)}`;
  const byHand = [`Open ${url} in a browser.`, 'Save what it gives, and give that to medds import.'];
  if (pathname.startsWith('/sm/password')) {
    return new ActionRequiredError(`${what} is protected by a password`, { host, url, steps: byHand });
  }
  if (/^\/login\b/.test(pathname) || status === 401 || status === 403) {
    return new ActionRequiredError(`${what} is open to invited people only`, {
      host,
      url,
      steps: [
        'Check that the link is whole: without its rlkey=… a new one opens for nobody else. Or ask its owners for access.',
        ...byHand,
      ],
    });
  }
  if (TOO_MUCH.includes(status)) return tooMuchTraffic(page);
  if (GONE_STATUSES.includes(status) || GONE.test(text)) {
    return new NotFoundError(`${what} is gone: its owners have removed it, or replaced what it led to`, {
      host,
      hint: `Look at ${url} . medds info shows other sources.`,
    });
  }
  try {
    refuseStatus(answer, what);
  } catch (error) {
    return error as MeddsError;
  }
  return new NetworkError(`Dropbox sent something else in place of ${redactUrl(page)}: ${words(text) || 'nothing'}`, {
    host,
    hint: `Open ${url} in a browser to see what it wants; give what you save there to medds import.`,
  });
}

function tooMuchTraffic(page: string): QuotaError {
  return new QuotaError(
    `Dropbox has closed ${redactUrl(page)} for now: the links of its owners have brought too much traffic today`,
    {
      host: new URL(page).host,
      hint: 'Run the same command again in a day; what is here is kept. Or use another source (--source).',
    },
  );
}
