/** What a user types for a public bucket: `s3://bucket/prefix`, or a folder's address at Amazon. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import { BUCKET, placeOfUrl, type S3Place } from './s3-address.js';
import type { Located } from './source.js';

/** @throws UsageError */
export function locateS3(typed: string): Located | undefined {
  if (/^https?:\/\//i.test(typed)) return ofAddress(typed);
  const named = /^s3:(.*)$/is.exec(typed)?.[1];
  if (named === undefined) return undefined;
  const [, bucket = '', key = ''] = /^\/\/([^/]*)(?:\/(.*))?$/s.exec(named) ?? [];
  if (!BUCKET.test(bucket) || key.startsWith('/')) {
    throw new UsageError(`${printableArgument(typed)} names no S3 bucket`, {
      hint: 'It is s3://BUCKET or s3://BUCKET/FOLDER.',
    });
  }
  return located({ bucket, key: key.replace(/(^|\/)\*+$/, '$1') });
}

/** Only of a folder or a whole list: a file's address is downloaded as any other. */
function ofAddress(typed: string): Located | undefined {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  const place = url === undefined ? undefined : placeOfUrl(url);
  if (url === undefined || place === undefined) return undefined;
  const isList = url.searchParams.has('list-type') || url.searchParams.has('prefix');
  if (place.key === '' && isList) return located({ ...place, key: url.searchParams.get('prefix') ?? '' });
  // Pages that show a bucket in the browser have the folder behind the hash sign.
  const isBrowser = place.key === 'index.html' && url.hash !== '';
  if (isBrowser) return located({ ...place, key: decodeURI(url.hash.slice(1)).replace(/^\//, '') });
  return place.key === '' || place.key.endsWith('/') ? located(place) : undefined;
}

function located({ bucket, region, key }: S3Place): Located {
  const name = key === '' ? bucket : `${bucket}/${key.replace(/\/+$/, '')}`;
  return {
    id: name,
    name: `s3://${name}`,
    entry: {
      method: 's3',
      bucket,
      ...(key === '' ? {} : { prefix: key }),
      ...(region === undefined ? {} : { region }),
    },
  };
}
