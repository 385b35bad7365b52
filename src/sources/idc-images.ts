/** The images of series in IDC's buckets: one object each, `BUCKET/SERIES-UUID/INSTANCE-UUID.dcm`. */
import { IntegrityError, NotFoundError } from '../errors.js';
import { eachAtMost } from '../library/each.js';
import { remoteFile } from './facts.js';
import type { IdcSeries } from './idc-api.js';
import { PublicBucket } from './s3-bucket.js';
import { md5OfEtag } from './s3-checksums.js';
import type { S3Object } from './s3-xml.js';
import type { RemoteFile, SourceContext } from './source.js';

/** Lists that are asked for at a time. S3 would take far more; a collection of 1,000 series takes seconds. */
const AT_A_TIME = 16;

export interface PlacedSeries {
  series: IdcSeries;
  /** Where its images go in the dataset. */
  folder: string;
}

/**
 * Every image of the series, in their order. The list of a folder that does not exist is empty, so images are counted.
 * @throws IntegrityError (other images than IDC counts), NotFoundError, ActionRequiredError, NetworkError
 */
export async function imagesOf(chosen: readonly PlacedSeries[], context: SourceContext): Promise<RemoteFile[]> {
  const buckets = new Map<string, PublicBucket>();
  const found: RemoteFile[][] = new Array(chosen.length);
  await eachAtMost(AT_A_TIME, chosen.entries(), async ([at, { series, folder }]) => {
    let bucket = buckets.get(series.bucket);
    if (bucket === undefined) {
      bucket = new PublicBucket({ bucket: series.bucket }, context);
      buckets.set(series.bucket, bucket);
    }
    found[at] = await imagesIn(bucket, series, folder);
  });
  return found.flat();
}

async function imagesIn(bucket: PublicBucket, series: IdcSeries, folder: string): Promise<RemoteFile[]> {
  const prefix = `${series.uuid}/`;
  const objects: S3Object[] = [];
  for await (const page of bucket.pages(prefix)) objects.push(...page);
  refuseOtherCount(series, objects.length);
  // IDC does not say that its images came in one part each; an ETag does, by its form.
  const md5 = await bucket.showsMd5(objects);
  return objects.map(({ key, size, etag }) =>
    remoteFile(
      {
        path: key.slice(prefix.length),
        size,
        checksums: md5 ? md5OfEtag(etag) : [],
        request: async () => bucket.request(key),
      },
      { unpack: false, into: folder },
    ),
  );
}

function refuseOtherCount({ SeriesInstanceUID: uid, bucket, uuid, instances }: IdcSeries, came: number): void {
  if (came === (instances ?? Math.max(came, 1))) return;
  const where = `s3://${bucket}/${uuid}/`;
  if (came === 0 && instances === undefined) {
    throw new NotFoundError(`${where} holds no images (any more)`, {
      hint: 'IDC takes series out when they must not be public. Get a newer manifest, or take this one out of it.',
    });
  }
  throw new IntegrityError(`${where} holds ${came} images where IDC counts ${instances} in series ${uid}`, {
    hint: 'IDC may be taking over a new release. Run the same command again later, or use another source (--source).',
  });
}
