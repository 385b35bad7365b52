/** What Google Drive answers in place of a file or a folder, in plain words, with what the user can do. */
import { ActionRequiredError, type MeddsError, NetworkError, NotFoundError, QuotaError } from '../errors.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import type { DriveRef } from './google-drive-item.js';

/** The page that a person opens. */
export function pageOf({ id, resourceKey }: DriveRef, pages: string): string {
  return `${pages}/open?id=${id}${resourceKey === undefined ? '' : `&resourcekey=${resourceKey}`}`;
}

/** The host gives no more of a file for now, to nobody who is not signed in. */
export function quotaUsedUp(ref: DriveRef, pages: string): QuotaError {
  return new QuotaError(
    `Google Drive gives no more of file ${ref.id} for now: too many people have downloaded it recently (its quota is used up)`,
    {
      host: 'drive.google.com',
      hint: `It may take a day until it can be had again: run the same command then; what is here is kept. Or use another source (--source). Or open ${pageOf(ref, pages)} signed in, put a copy into your own Drive, download that, and give it to medds import.`,
    },
  );
}

export function notShared(ref: DriveRef, pages: string): ActionRequiredError {
  const url = pageOf(ref, pages);
  return new ActionRequiredError(`Google Drive wants a login for ${ref.id}: it is not shared with everyone`, {
    host: 'drive.google.com',
    url,
    steps: [
      `Open ${url} with an account that may see it, or ask its owners for access there.`,
      'Save the file and give it to medds import; or put an OAuth access token of that account into GOOGLE_OAUTH_ACCESS_TOKEN and run the same command again.',
      ...(ref.resourceKey === undefined
        ? ['Some old links work only with their resource key: keep the resourcekey=… of the address.']
        : []),
    ],
  });
}

export function notFound(ref: DriveRef, pages: string): NotFoundError {
  return new NotFoundError(`There is nothing with the id ${ref.id} on Google Drive; it may have been removed`, {
    host: 'drive.google.com',
    hint: `Look at ${pageOf(ref, pages)}. medds info shows other sources.`,
  });
}

/** @throws for everything but a page that anyone may see */
export function refuseAccess(answer: Answer, ref: DriveRef, pages: string): void {
  const { status, text } = answer;
  if (status === 404 || status === 410) throw notFound(ref, pages);
  if (/automated queries|unusual traffic/i.test(text)) {
    throw new NetworkError('Google takes what comes from this network address for automated requests and refuses it', {
      host: 'drive.google.com',
      hint: `Wait some hours, use another network, or open ${pageOf(ref, pages)} in a browser and give what you save to medds import.`,
    });
  }
  if (isSignIn(answer.url) || status === 401 || status === 403) throw notShared(ref, pages);
  refuseStatus(answer, `Google Drive ${ref.id}`);
}

/** Google's log-in, on whichever host: accounts.google.com/ServiceLogin, /v3/signin/identifier. */
function isSignIn(url: string): boolean {
  const { hostname, pathname } = new URL(url);
  return hostname === 'accounts.google.com' || /^\/(ServiceLogin|v\d\/signin|signin)\b/i.test(pathname);
}

/** Why a file's bytes did not come. Most of these pages are sent with 200. */
export function refusedFile(answer: Answer, ref: DriveRef, pages: string): MeddsError {
  const { text } = answer;
  const isErrorPage = /class="uc-error-(sub)?caption"/.test(text);
  if (
    /quota exceeded/i.test(text) ||
    (isErrorPage && /too many users|view or download this file at this time/i.test(text))
  ) {
    return quotaUsedUp(ref, pages);
  }
  try {
    refuseAccess(answer, ref, pages);
  } catch (error) {
    return error as MeddsError;
  }
  return new NetworkError(`Google Drive sent a web page in place of file ${ref.id}: ${words(text)}`, {
    host: 'drive.google.com',
    hint: `Open ${pageOf(ref, pages)} in a browser to see what it wants; give what you save there to medds import.`,
  });
}
