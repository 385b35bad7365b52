/**
 * Google Drive by its public pages, without a key. They have no documentation: this follows wkentaro/gdown
 * (github.com/wkentaro/gdown, 2026) and requests recorded in October 2026. The address with `confirm=t` gives the bytes at once,
 * with ranges, Last-Modified and a name, but no ETag and, as a rule, no checksum; where Drive still asks whether a file that it
 * cannot scan for viruses is wanted, its form is answered.
 */
import { NetworkError } from '../errors.js';
import type { Answer } from '../transfer/conversation.js';
import { address, type Drive, type DriveItem, type DriveRef, documentFormat, driveHosts } from './google-drive-item.js';
import { confirmation, readFolderPage } from './google-drive-page.js';
import { refuseAccess, refusedFile } from './google-drive-refusal.js';
import { look } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

/** Pages in a row that may ask whether the file is really wanted. */
const CONFIRMATIONS = 2;

const ENGLISH = { accept: 'text/html', 'accept-language': 'en' };

export function publicDrive(context: SourceContext): Drive {
  const { http } = context;
  const hosts = driveHosts(context);

  const seek = async (ref: DriveRef, signal = context.signal) => {
    const { id, resourceKey: resourcekey } = ref;
    let url = address(`${hosts.bytes}/download`, { id, export: 'download', confirm: 't', resourcekey });
    for (let confirmed = 0; ; confirmed++) {
      const { file, answer } = await look(http, { url }, signal);
      if (file !== undefined) return { file, answer, url };
      const next = confirmation(answer, Object.values(hosts));
      if (next === undefined) throw refusedFile(answer, ref, hosts.pages);
      if (confirmed === CONFIRMATIONS) {
        throw new NetworkError(`Google Drive asks again and again whether file ${id} is wanted`, {
          hint: 'Open it in a browser, save it, and give it to medds import.',
        });
      }
      url = next;
    }
  };

  const file = async (ref: DriveRef, signal?: AbortSignal): Promise<DriveItem> => {
    const found = await seek(ref, signal);
    return { ...ref, ...found.file, kind: 'file', checksums: checksumsOf(found.answer), found: { url: found.url } };
  };

  return {
    file,

    async item(ref, signal = context.signal) {
      const url = address(`${hosts.pages}/open`, { id: ref.id, resourcekey: ref.resourceKey });
      const answer = await http.ask({ url, headers: ENGLISH }, signal);
      refuseAccess(answer, ref, hosts.pages);
      // The address that it leads to tells what it is.
      const { pathname } = new URL(answer.url);
      if (/\/folders\//.test(pathname)) return { ...ref, kind: 'folder', checksums: [] };
      const format = documentFormat(/^\/(\w+)\/d\//.exec(pathname)?.[1] ?? '');
      return format === undefined ? file(ref, signal) : { ...ref, kind: 'document', format, checksums: [] };
    },

    async folder(ref, signal = context.signal) {
      const url = address(`${hosts.pages}/embeddedfolderview`, { id: ref.id, resourcekey: ref.resourceKey });
      const answer = await http.ask({ url, headers: ENGLISH }, signal);
      refuseAccess(answer, ref, hosts.pages);
      return readFolderPage(answer.text);
    },

    async request(item, signal): Promise<FileRequest> {
      const { kind, format, id, resourceKey: resourcekey } = item;
      if (kind === 'document' && format !== undefined) {
        const base = `${hosts.documents}/${format.kind}/d/${id}/export`;
        return { url: address(base, { format: format.ending, resourcekey }) };
      }
      return { url: (await seek(item, signal)).url };
    },
  };
}

/** `x-goog-hash: crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==` (Cloud Storage's form; Drive is seldom seen to send it). */
function checksumsOf({ headers }: Answer): string[] {
  const said = [headers['x-goog-hash'] ?? []].flat().join(',');
  return [...said.matchAll(/(crc32c|md5)=([A-Za-z0-9+/]+={0,2})/g)]
    .map(([, algorithm, base64 = '']) => `${algorithm}:${Buffer.from(base64, 'base64').toString('hex')}`)
    .filter((checksum) => /^(crc32c:.{8}|md5:.{32})$/.test(checksum));
}
