/**
 * Addresses of buckets and of what is in them
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
 */

/** Where a bucket is that nobody names the region of. */
export const DEFAULT_REGION = 'us-east-1';

export const REGION = /^[a-z]{2,}(-[a-z0-9]+)+$/;

/** Names of new buckets are lower case; old ones in us-east-1 may hold more. */
export const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** A bucket's name can be the first label of a host's: the certificate covers one label only, so dots keep it out. */
const LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Amazon's hosts: `s3.REGION.`, `s3-REGION.` and `s3.`, each with or without the bucket in front. */
const AMAZON = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?(?!website|control|accesspoint)([a-z0-9-]+))?\.amazonaws\.com$/i;

/** An address on Amazon's hosts, taken apart. */
export interface S3Place {
  bucket: string;
  /** Undefined for the address that serves all regions. */
  region?: string;
  /** Without a slash in front. */
  key: string;
}

/**
 * The address of an object, or of the bucket for an empty key.
 * @param endpoint base URL of an S3-compatible host, which is asked by path; '' for Amazon's own
 */
export function s3Url(endpoint: string, region: string, bucket: string, key = '', query: Record<string, string> = {}) {
  const amazon = LABEL.test(bucket) ? `https://${bucket}.s3.${region}.amazonaws.com` : undefined;
  const base = endpoint === '' ? (amazon ?? `https://s3.${region}.amazonaws.com/${bucket}`) : `${endpoint}/${bucket}`;
  // What a plus sign in an address means depends on the reader; %20 and %2B are clear to all.
  const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${base}/${encodeKey(key)}${search.length === 0 ? '' : `?${search.join('&')}`}`;
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** Undefined for an address that is none of Amazon's, or names no bucket. */
export function placeOfUrl(url: URL): S3Place | undefined {
  const host = AMAZON.exec(url.hostname);
  if (host === null) return undefined;
  const path = decoded(url.pathname.slice(1));
  if (path === undefined) return undefined;
  const [, name, region] = host;
  const slash = path.includes('/') ? path.indexOf('/') : path.length;
  const bucket = name ?? path.slice(0, slash);
  if (!BUCKET.test(bucket)) return undefined;
  const key = name === undefined ? path.slice(slash + 1) : path;
  return { bucket, key, ...(region === undefined || !REGION.test(region) ? {} : { region }) };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
