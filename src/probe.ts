/** Looks whether a file is at its address, how large it is, and whether it has moved for good; its bytes stay where they are. */
import type { FileRequest, RemoteFile } from './sources/source.js';
import { type Conversation, refuseStatus } from './transfer/conversation.js';
import type { Engine } from './transfer/engine.js';
import { RemoteAccess } from './transfer/remote-access.js';

export interface Probed {
  size?: number;
  /** Where it is now, when all redirects on the way were permanent (301, 308). */
  movedTo?: string;
}

const REDIRECTS = 10;
const PERMANENT = [301, 308];

/** @throws NotFoundError, ActionRequiredError, NetworkError, InterruptedError */
export async function probe(
  remote: RemoteFile,
  { http, engine, signal }: { http: Conversation; engine: Engine; signal: AbortSignal },
): Promise<Probed> {
  const found = await headOf(await remote.request(signal), remote.path, http, signal);
  if (found !== undefined) return found;
  // Some hosts refuse HEAD: the first byte tells as much.
  const access = await RemoteAccess.open(remote, { engine, signal });
  return access === undefined ? {} : { size: access.size };
}

/** What a page's address leads to. @throws as `probe` */
export async function probePage(url: string, http: Conversation, signal: AbortSignal): Promise<Probed> {
  const found = await headOf({ url }, url, http, signal);
  if (found !== undefined) return found;
  refuseStatus(await http.ask({ url, headers: { accept: '*/*' } }, signal), url);
  return {};
}

async function headOf(
  request: FileRequest,
  what: string,
  http: Conversation,
  signal: AbortSignal,
): Promise<Probed | undefined> {
  const { origin } = new URL(request.url);
  let { url } = request;
  let moved = true;
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    const own = new URL(url).origin === origin ? request : { ...request, credentials: {} };
    const headers = { accept: '*/*', ...request.headers };
    const answer = await http.ask({ ...own, headers, url, method: 'HEAD', redirects: false }, signal);
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url)) {
      moved &&= PERMANENT.includes(answer.status);
      url = new URL(location, url).href;
      continue;
    }
    if ([400, 403, 405, 501].includes(answer.status)) return undefined;
    refuseStatus(answer, what);
    const length = answer.headers['content-length'];
    const encoded = answer.headers['content-encoding'] !== undefined;
    return {
      ...(length === undefined || encoded ? {} : { size: Number(length) }),
      ...(moved && url !== request.url ? { movedTo: url } : {}),
    };
  }
  return undefined;
}
