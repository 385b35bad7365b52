/** Buckets of Google Cloud Storage in what people type and paste: `gs://bucket/prefix`, addresses of objects and of the console. */
import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';

const FORMS = [
  /^gs:\/\/([^/?#]+)(?:\/([^?#]*))?$/i,
  /^https?:\/\/storage\.googleapis\.com\/(?!storage\/v1\/)([a-z0-9][^/?#]*)(?:\/([^?#]*))?$/i,
  /^https?:\/\/storage\.cloud\.google\.com\/([^/?#]+)(?:\/([^?#]*))?(?:[?#].*)?$/i,
  /^https?:\/\/console\.cloud\.google\.com\/storage\/browser\/(?:_details\/)?([^/?#;]+)(?:\/([^?#;]*))?(?:[?#;].*)?$/i,
];

/** @throws UsageError */
export function locateOnGcs(typed: string): Located | undefined {
  for (const form of FORMS) {
    const [found, bucket = '', path = ''] = form.exec(typed) ?? [];
    if (found === undefined) continue;
    if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) break;
    const prefix = /^gs:/i.test(typed) ? path : percentDecoded(path);
    const last = prefix.split('/').filter(Boolean).at(-1);
    return {
      id: last === undefined ? bucket : `${bucket}-${last.replace(/(\.nii|\.tar)?\.(zip|gz|tgz|tar|7z)$/i, '')}`,
      name: `gs://${bucket}/${prefix}`,
      entry: { method: 'gcs', bucket, ...(prefix === '' ? {} : { prefix }) },
    };
  }
  if (!/^gs:/i.test(typed)) return undefined;
  throw new UsageError(`${printableArgument(typed)} names no bucket of Google Cloud Storage`, {
    hint: 'It is gs://BUCKET/FOLDER.',
  });
}
