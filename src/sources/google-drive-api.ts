/**
 * Google Drive by its API, version 3 (https://developers.google.com/workspace/drive/api/reference/rest/v3/files): sizes, checksums
 * and folders of any length. An API key sees what is shared with everyone.
 */
import type { DriveSecret } from '../credentials/google-drive.js';
import { ActionRequiredError, type MeddsError, NetworkError } from '../errors.js';
import { printable } from '../printable.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { address, type Drive, type DriveItem, type DriveRef, documentFormat, driveHosts } from './google-drive-item.js';
import { notFound, notShared, pageOf, quotaUsedUp } from './google-drive-refusal.js';
import { look } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

const FIELDS =
  'id,name,mimeType,size,md5Checksum,sha1Checksum,sha256Checksum,resourceKey,shortcutDetails(targetId,targetMimeType,targetResourceKey)';

/** Most entries that the API gives at a time. */
const PAGE = '1000';

const OWN_TYPE = 'application/vnd.google-apps.';

/** A file resource, the part of it that is asked for. */
interface Resource {
  id: string;
  name: string;
  mimeType: string;
  /** Bytes, in decimal digits; absent for Google's own documents. */
  size?: string;
  md5Checksum?: string;
  sha1Checksum?: string;
  sha256Checksum?: string;
  resourceKey?: string;
  shortcutDetails?: { targetId: string; targetMimeType: string; targetResourceKey?: string };
}

/** The API refuses the key or token itself, so that the public pages are worth asking. */
export class SecretRefusedError extends ActionRequiredError {}

export function apiDrive(context: SourceContext, secret: DriveSecret): Drive {
  const { http } = context;
  const hosts = driveHosts(context);

  const requestFor = ({ id, resourceKey }: DriveRef, path: string, query: Record<string, string>): FileRequest => ({
    url: address(`${hosts.api}/drive/v3/files${path}`, { supportsAllDrives: 'true', ...query }),
    credentials: secret.credentials,
    ...(resourceKey === undefined ? {} : { headers: { 'x-goog-drive-resource-keys': `${id}/${resourceKey}` } }),
  });
  const ask = async <T>(ref: DriveRef, path: string, query: Record<string, string>, signal = context.signal) => {
    const answer = await http.ask(requestFor(ref, path, query), signal);
    if (answer.status !== 200) throw refused(answer, ref, secret, hosts.pages);
    return answer.json<T>();
  };
  const item = async (ref: DriveRef, signal?: AbortSignal): Promise<DriveItem> =>
    itemOf(await ask<Resource>(ref, `/${ref.id}`, { fields: FIELDS }, signal), ref.resourceKey);

  return {
    item,
    file: item,

    async folder(ref, signal) {
      const { name } = await item(ref, signal);
      const query = {
        q: `'${ref.id}' in parents and trashed = false`,
        fields: `nextPageToken,files(${FIELDS})`,
        pageSize: PAGE,
        includeItemsFromAllDrives: 'true',
      };
      const items: DriveItem[] = [];
      let pageToken: string | undefined;
      do {
        const page: { files?: Resource[]; nextPageToken?: string } = await ask(
          ref,
          '',
          { ...query, ...(pageToken === undefined ? {} : { pageToken }) },
          signal,
        );
        for (const resource of page.files ?? []) items.push(itemOf(resource));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return { ...(name === undefined ? {} : { name }), items };
    },

    async request(ref, signal = context.signal) {
      if (ref.format !== undefined) return requestFor(ref, `/${ref.id}/export`, { mimeType: ref.format.type });
      const request = requestFor(ref, `/${ref.id}`, { alt: 'media' });
      const { file, answer } = await look(http, request, signal);
      if (file === undefined) throw refused(answer, ref, secret, hosts.pages);
      return request;
    },
  };
}

/** A shortcut counts as what it points to. */
function itemOf(resource: Resource, known?: string): DriveItem {
  const { shortcutDetails: target } = resource;
  const id = target?.targetId ?? resource.id;
  const type = target?.targetMimeType ?? resource.mimeType;
  const resourceKey = (target === undefined ? resource.resourceKey : target.targetResourceKey) ?? known;
  const own = type.startsWith(OWN_TYPE) ? type.slice(OWN_TYPE.length) : undefined;
  const format = own === undefined ? undefined : documentFormat(own);
  const kind = own === undefined ? 'file' : own === 'folder' ? own : format === undefined ? 'other' : 'document';
  return {
    id,
    kind,
    name: resource.name,
    checksums: target === undefined ? checksumsOf(resource) : [],
    ...(resource.size === undefined || target !== undefined ? {} : { size: Number(resource.size) }),
    ...(resourceKey === undefined ? {} : { resourceKey }),
    ...(format === undefined ? {} : { format }),
  };
}

function checksumsOf({ sha256Checksum, sha1Checksum, md5Checksum }: Resource): string[] {
  if (sha256Checksum !== undefined) return [`sha256:${sha256Checksum}`];
  if (md5Checksum !== undefined) return [`md5:${md5Checksum}`];
  return sha1Checksum === undefined ? [] : [`sha1:${sha1Checksum}`];
}

interface ApiError {
  error?: { message?: string; status?: string; errors?: { reason?: string }[]; details?: { reason?: string }[] };
}

/** Reasons: https://developers.google.com/workspace/drive/api/guides/handle-errors */
function refused(answer: Answer, ref: DriveRef, { from }: DriveSecret, pages: string): MeddsError {
  const { error } = parsed(answer);
  const said = printable(error?.message ?? `status ${answer.status}`);
  const reasons = [...(error?.errors ?? []), ...(error?.details ?? [])].map(({ reason = '' }) => reason);
  const is = (...names: string[]) => reasons.some((reason) => names.includes(reason));
  if (is('downloadQuotaExceeded', 'sharingRateLimitExceeded')) return quotaUsedUp(ref, pages);
  if (answer.status === 404) return notFound(ref, pages);
  if (is('cannotDownloadAbusiveFile')) {
    return new ActionRequiredError(`Google Drive takes file ${ref.id} for harmful and gives it to its owners only`, {
      host: 'drive.google.com',
      url: pageOf(ref, pages),
    });
  }
  if (is('rateLimitExceeded', 'userRateLimitExceeded', 'dailyLimitExceeded')) {
    return new NetworkError(`Google Drive refuses more requests with ${from} for now: ${said}`, {
      host: 'www.googleapis.com',
      hint: 'Run the same command again later, or without that variable.',
    });
  }
  const isKey = /API_KEY|SERVICE_DISABLED|ACCESS_TOKEN/.test(reasons.join(' ')) || /API key/i.test(said);
  if (answer.status === 401 || isKey || is('keyInvalid', 'keyExpired', 'accessNotConfigured', 'ipRefererBlocked')) {
    return new SecretRefusedError(`Google refuses what it was given from ${from}: ${said}`, {
      host: 'www.googleapis.com',
      url: 'https://console.cloud.google.com/apis/credentials',
      hint: `Correct or remove it. A key needs the Google Drive API enabled in its project; a token lasts an hour.`,
    });
  }
  if (answer.status === 403) return notShared(ref, pages);
  try {
    refuseStatus(answer, `Google Drive ${ref.id}`);
  } catch (failure) {
    return failure as MeddsError;
  }
  return new NetworkError(`Google Drive sent something else in place of file ${ref.id}`, {
    host: 'www.googleapis.com',
  });
}

function parsed({ text }: Answer): ApiError {
  try {
    return JSON.parse(text) as ApiError;
  } catch {
    return {};
  }
}
