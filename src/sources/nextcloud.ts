/**
 * Public shares of Nextcloud and ownCloud (B2DROP is one), listed and read by WebDAV
 * (https://docs.nextcloud.com/server/latest/developer_manual/client_apis/WebDAV/basic.html): at /public.php/dav/files/TOKEN since
 * Nextcloud 29, at /public.php/webdav with the token as user name before. Zips of whole folders are made anew for each download.
 */
import PQueue from 'p-queue';
import { secretOfEnv } from '../credentials/store.js';
import { ActionRequiredError, NetworkError, NotFoundError, UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { printableArgument } from '../transfer/redact.js';
import type { Listed } from './facts.js';
import { type Member, readMultistatus } from './nextcloud-xml.js';
import { asPart } from './shared-link.js';
import type { FileRequest, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'nextcloud' }>;

/** Folders of a share. */
const MOST_FOLDERS = 20_000;
const AT_A_TIME = 4;

const SHARE =
  /^(?:nextcloud:)?(https?:\/\/[^?#]+?)(\/index\.php)?\/s\/([\w-]+)(?:\/(?:download\/?[^?#]*)?)?(?:[?#].*)?$/i;
/** Known to be Nextcloud without index.php in their addresses. */
const HOSTS = /^https?:\/\/(b2drop\.eudat\.eu|b2drop\.bsc\.es)\//i;

const WANTED = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:displayname/><d:getcontentlength/><oc:checksums/></d:prop></d:propfind>`;

export const nextcloud: Source<'nextcloud'> = {
  locate(typed) {
    const named = /^nextcloud:/i.test(typed);
    const [found, server = '', index = '', token = ''] = SHARE.exec(typed) ?? [];
    if (found !== undefined && (named || index !== '' || HOSTS.test(typed))) {
      const share = `${server}${index}/s/${token}`;
      return {
        id: `nextcloud-${token}`,
        name: `Share ${token} of ${new URL(server).host}`,
        entry: { method: 'nextcloud', share },
      };
    }
    if (!named) return undefined;
    throw new UsageError(`${printableArgument(typed)} names no share`, {
      hint: 'It is nextcloud:https://HOST/s/TOKEN, the address of a public share.',
    });
  },

  async resolve(entry, context) {
    const share = await Share.open(entry, context);
    const members = await share.walk();
    const listing = members.map((member): Listed => {
      const request = share.request(member.href);
      return {
        path: member.path,
        ...(member.size === undefined ? {} : { size: member.size }),
        checksums: member.checksums,
        request: async () => request,
      };
    });
    return { label: share.where, files: chooseTree(listing, entry, share.where), notes: [] } satisfies Resolution;
  },
};

class Share {
  private constructor(
    /** Address of the share's folder. */
    private readonly root: string,
    private readonly credentials: Record<string, string> | undefined,
    readonly where: string,
    private readonly top: readonly Member[],
    private readonly context: SourceContext,
  ) {}

  /** Asks at the newer address, then at the older. */
  static async open(entry: Entry, context: SourceContext): Promise<Share> {
    const [, server = '', , token = ''] = SHARE.exec(entry.share) ?? [];
    const base = context.endpoint('nextcloud', server);
    const { host } = new URL(base);
    const where = `Nextcloud ${new URL(server).host} ${token}`;
    const password = secretOfEnv(context.env, 'MEDDS_NEXTCLOUD_PASSWORD')?.value;
    const basic = (user: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
    });
    const ways = ['', ...(password === undefined ? [] : [password])].flatMap((secret) => [
      {
        root: `${base}/public.php/dav/files/${token}/`,
        credentials: secret === '' ? undefined : basic('anonymous', secret),
        secret,
      },
      { root: `${base}/public.php/webdav/`, credentials: basic(token, secret), secret },
    ]);
    let refused: Answer | undefined;
    for (const { root, credentials, secret } of ways) {
      // Told only to a server that wants one.
      if (secret !== '' && refused?.status !== 401) break;
      const answer = await propfind(root, credentials, context);
      if (answer.status === 207) return new Share(root, credentials, where, read(answer, root, where), context);
      // A server that knows only the other address answers with a page, or says that there is nothing here.
      if (refused === undefined || answer.status === 401) refused = answer;
    }
    const page = entry.share;
    if (refused?.status === 401 || refused?.status === 403) {
      throw new ActionRequiredError(
        `${where} wants a password${password === undefined ? '' : ', and not the one given'}`,
        {
          host,
          url: page,
          steps: [
            'Ask its owners for the password of the share.',
            'Put it into the environment as MEDDS_NEXTCLOUD_PASSWORD, and run the same command again.',
          ],
        },
      );
    }
    if (refused?.status === 404 || refused?.status === 405) {
      throw new NotFoundError(`${where} is not there, or not any more`, {
        host,
        hint: `Look at ${page} : shares may end.`,
      });
    }
    if (refused !== undefined) refuseStatus(refused, where);
    throw new NetworkError(`${host} sent something else than the list of ${where}`, { host });
  }

  /** All files; a share may be a single one. */
  async walk(): Promise<Member[]> {
    const [self] = this.top;
    if (self !== undefined && !self.isFolder && this.top.length === 1)
      return [{ ...self, path: self.path || asPart(self.name ?? 'download') }];
    const queue = new PQueue({ concurrency: AT_A_TIME });
    const files: Member[] = [];
    const seen = new Set<string>();
    let level = this.top;
    while (true) {
      const inside = level.filter(({ path }) => path !== '');
      files.push(...inside.filter(({ isFolder }) => !isFolder));
      const folders = inside.filter(({ isFolder, href }) => isFolder && !seen.has(href));
      for (const { href } of folders) seen.add(href);
      if (folders.length === 0) return files;
      if (seen.size > MOST_FOLDERS) {
        throw new NetworkError(`${this.where} has more than ${MOST_FOLDERS} folders`, {
          hint: 'Choose some of it with include.',
        });
      }
      const listed = await queue.addAll(
        folders.map(({ href, path }) => async () => {
          const answer = await propfind(this.#addressOf(href), this.credentials, this.context);
          refuseStatus(answer, this.where);
          // The first is the folder itself.
          return read(answer, this.root, this.where).filter(
            (member) => member.path !== path && member.path.startsWith(`${path}/`),
          );
        }),
      );
      level = listed.flat();
    }
  }

  request(href: string): FileRequest {
    const url = this.#addressOf(href);
    return this.credentials === undefined ? { url } : { url, credentials: this.credentials };
  }

  #addressOf(href: string): string {
    return new URL(href, this.root).href;
  }
}

function propfind(
  url: string,
  credentials: Record<string, string> | undefined,
  { http, signal }: SourceContext,
): Promise<Answer> {
  const headers = { depth: '1', 'content-type': 'application/xml; charset=utf-8', accept: '*/*' };
  return http.ask(
    { url, method: 'PROPFIND', headers, body: WANTED, ...(credentials === undefined ? {} : { credentials }) },
    signal,
  );
}

function read(answer: Answer, root: string, where: string): Member[] {
  const members = readMultistatus(answer.text, new URL(root));
  if (members !== undefined) return members;
  const { host } = new URL(answer.url);
  throw new NetworkError(`${host} sent something else than the list of ${where}`, { host });
}
