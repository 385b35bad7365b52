/**
 * The page of a link that is shared on Box: what lies behind it is written into the page as JSON, in `Box.postStreamData`. It has
 * no documentation; the shapes are those that public programs read (yt-dlp's `box` extractor among them), in 2026.
 */
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';

export interface BoxItem {
  type: 'file' | 'folder' | 'web_link';
  id: number;
  name: string;
  /** Bytes. */
  itemSize?: number;
  /** False for what the owner lets others only look at. */
  canDownload?: boolean;
}

export interface BoxPage {
  /** What downloads are asked for with, also where the address has a name of its own (/v/NAME). */
  sharedName: string;
  type: 'file' | 'folder';
  id: number;
  /** Of a folder, one page of it. */
  folder?: { currentFolderID: number; currentFolderName?: string; items: BoxItem[]; pageCount?: number };
  /** Of a file, where the page tells it. */
  item?: BoxItem;
}

interface PostStreamData {
  '/app-api/enduserapp/shared-item'?: { sharedName: string; itemType: 'file' | 'folder'; itemID: number };
  '/app-api/enduserapp/shared-folder'?: BoxPage['folder'];
  /** `/app-api/enduserapp/item/f_ID` */
  [item: `/app-api/enduserapp/item/${string}`]: { items?: BoxItem[] } | undefined;
}

/** @param url the shared link, for messages @throws NotFoundError, ActionRequiredError, NetworkError */
export function readBoxPage(answer: Answer, url: string): BoxPage {
  const data = postStreamData(answer.text);
  const shared = data?.['/app-api/enduserapp/shared-item'];
  if (shared === undefined) throw refusedByBox(answer, url);
  const folder = data?.['/app-api/enduserapp/shared-folder'];
  const item = data?.[`/app-api/enduserapp/item/f_${shared.itemID}`]?.items?.[0];
  return {
    sharedName: shared.sharedName,
    type: shared.itemType,
    id: shared.itemID,
    ...(folder === undefined ? {} : { folder }),
    ...(item === undefined ? {} : { item }),
  };
}

function postStreamData(html: string): PostStreamData | undefined {
  const start = /Box\.postStreamData\s*=\s*(?={)/.exec(html);
  if (start === null) return undefined;
  const json = objectAt(html, start.index + start[0].length);
  try {
    return JSON.parse(json) as PostStreamData;
  } catch {
    return undefined;
  }
}

/** The JSON object that begins at `start`; to the end of the text when its braces do not match. */
function objectAt(text: string, start: number): string {
  let depth = 0;
  for (const { 0: found, index } of text.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === '{') depth += 1;
    if (found === '}') depth -= 1;
    if (depth === 0) return text.slice(start, start + index + 1);
  }
  return text.slice(start);
}

/**
 * Why a page shows nothing that can be downloaded. That the page which asks for a password has a password field is a guess: none
 * was recorded.
 */
export function refusedByBox(answer: Answer, url: string): Error {
  const { status, text } = answer;
  const shown = redactUrl(url);
  const final = new URL(answer.url);
  const byHand = [`Open ${shown} in a browser.`, 'Save what it gives, and give that to medds import.'];
  if (/<input\b[^>]*type="password"/i.test(text) && !/\/login\b/.test(final.pathname)) {
    return new ActionRequiredError(`The Box link ${shown} is protected by a password`, {
      host: final.host,
      url: shown,
      steps: byHand,
    });
  }
  const wantsLogin = /(^|\.)account\.box\.com$/.test(final.hostname) || /^\/login\b/.test(final.pathname);
  if (wantsLogin || status === 401 || status === 403) {
    return new ActionRequiredError(`The Box link ${shown} is open to invited people only`, {
      host: final.host,
      url: shown,
      steps: ['Ask its owners for access, or log in with an account that has it.', ...byHand],
    });
  }
  if (status === 404 || status === 410 || /has been removed or is unavailable/i.test(text)) {
    return new NotFoundError(`The Box link ${shown} is gone: its owners have removed it, or it has expired`, {
      host: final.host,
      hint: 'medds info shows other sources.',
    });
  }
  try {
    refuseStatus(answer, `The Box link ${shown}`);
  } catch (error) {
    return error as Error;
  }
  return new NetworkError(`Box sent a web page in place of ${shown}: ${words(text)}`, {
    host: final.host,
    hint: `Open ${shown} in a browser to see what it wants; give what you save there to medds import.`,
  });
}
