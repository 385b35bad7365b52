/** A collection with three series and a spreadsheet, as the conformance suite wants it. */
import { bufferOf, noise } from '../../hosts/content.js';
import { startTcia } from '../../hosts/tcia.js';
import { dicomLike, type HeldSeries, membersOf } from '../../hosts/tcia-series.js';
import type { StandIn } from './stand-in.js';

const MiB = 1024 * 1024;

export async function start(): Promise<StandIn> {
  const host = await startTcia({ accounts: { ada: 'the secret of ada' } });
  const series = [
    host.addSeries({
      collection: 'Phantom Lungs',
      patient: 'P1',
      images: [await dicomLike(30_000, 1), await dicomLike(40_000, 2)],
    }),
    host.addSeries({ collection: 'Phantom Lungs', patient: 'P2', images: [await dicomLike(50_000, 3)] }),
    host.addSeries({
      collection: 'Phantom Lungs',
      patient: 'P2',
      modality: 'SEG',
      images: [await dicomLike(20_000, 4)],
    }),
  ];
  // The web site, which has what is no DICOM, knows sizes and ranges.
  const masks = await bufferOf(noise(3.5 * MiB, 'masks'));
  host.add('/wp-content/uploads/masks.nrrd', masks);
  return {
    method: 'tcia',
    host,
    env: { MEDDS_ENDPOINT_TCIA: host.endpoint, TCIA_USERNAME: 'ada', TCIA_PASSWORD: 'the secret of ada' },
    secrets: ['the secret of ada', 'token-1'],
    entry: {
      method: 'tcia',
      collection: 'Phantom Lungs',
      companions: [{ url: host.url('/wp-content/uploads/masks.nrrd'), path: 'masks.nrrd', size: masks.length }],
    },
    tree: { ...Object.assign({}, ...series.map(treeOfSeries)), 'masks.nrrd': masks },
    bytes: { host, path: '/wp-content/uploads/masks.nrrd' },
    listing: '/nbia-api/services/v4/getSeries',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}

/** What lies in the dataset of a series that is laid out as usual. */
export function treeOfSeries(held: HeldSeries): Record<string, Buffer> {
  const folder = `${held.patient}/${held.study}/${held.series}`;
  return Object.fromEntries(membersOf(held).map(({ path, data }) => [`${folder}/${path}`, data]));
}
