/** Where DICOM series land in a dataset: a folder each, named by a template such as `{PatientID}/{StudyInstanceUID}/{SeriesInstanceUID}`. */

/** What a template may name, as DICOM calls it (https://dicom.innolitics.com, or PS3.6 of the standard). */
export const LAYOUT_FIELDS = [
  'Collection',
  'PatientID',
  'StudyInstanceUID',
  'StudyDate',
  'StudyDescription',
  'SeriesInstanceUID',
  'SeriesNumber',
  'SeriesDescription',
  'SeriesDate',
  'Modality',
  'BodyPartExamined',
] as const;

export type LayoutField = (typeof LAYOUT_FIELDS)[number];
export type SeriesFacts = Partial<Record<LayoutField, string>>;

export const DEFAULT_LAYOUT = '{PatientID}/{StudyInstanceUID}/{SeriesInstanceUID}';

/** Bytes of one field in a path: three of them fit where a file system allows 255 to a name. */
const LONGEST = 80;

/** The fields of a template that no series has. */
export function unknownFields(template: string): string[] {
  const known: readonly string[] = LAYOUT_FIELDS;
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name).filter((name) => !known.includes(name));
}

/**
 * A folder for each series. Series that the template tells not apart get the end of their UID behind their folder's name, whatever
 * their order.
 */
export function foldersOf<S extends SeriesFacts>(series: readonly S[], template: string = DEFAULT_LAYOUT): string[] {
  const folders = series.map((one) => fill(template, one));
  const counts = new Map<string, number>();
  for (const folder of folders) counts.set(slot(folder), (counts.get(slot(folder)) ?? 0) + 1);
  return folders.map((folder, at) => {
    if (counts.get(slot(folder)) === 1) return folder;
    return `${folder}-${clean(series[at]?.SeriesInstanceUID)}`;
  });
}

function fill(template: string, facts: SeriesFacts): string {
  return template
    .split('/')
    .map((part) => part.replace(/\{(\w+)\}/g, (_, name: string) => clean(facts[name as LayoutField])))
    .join('/');
}

/** What a host says becomes part of a name that every file system takes; the safety check sees it again. */
function clean(value = ''): string {
  const safe = value.replace(/[\u0000-\u001f\u007f-\u009f<>:"|?*\\/]/g, '_').trim();
  const characters = [...safe];
  while (Buffer.byteLength(characters.join('')) > LONGEST) characters.pop();
  const ended = characters
    .join('')
    .replace(/[. ]+$/, '')
    .replace(/^\.+/, '_');
  return ended === '' ? 'none' : ended;
}

/** Names that some file systems take for one. */
function slot(folder: string): string {
  return folder.normalize('NFC').toLowerCase();
}
