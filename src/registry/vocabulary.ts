/** One word for what datasets and people call by many names, so that a search for MRI finds what is filed under MR. */

/** Each line: words of one meaning, the registry's own first. */
const SAME: readonly (readonly string[])[] = [
  ['CT', 'CT scan', 'computed tomography'],
  ['CBCT', 'cone beam CT'],
  ['CTA', 'CT angiography', 'computed tomography angiography'],
  ['MR', 'MRI', 'MRI scan', 'magnetic resonance', 'magnetic resonance imaging'],
  ['fMRI', 'functional MRI'],
  ['PET', 'PET scan', 'PT', 'positron emission tomography'],
  ['X-ray', 'XR', 'xray', 'radiograph', 'radiographs', 'radiography', 'DX', 'CR', 'CXR'],
  ['US', 'ultrasound', 'ultrasonography', 'sonography', 'echocardiography', 'echocardiogram'],
  ['WSI', 'histology', 'histopathology', 'pathology', 'digital pathology', 'whole slide image', 'whole slide images'],
  ['fundus', 'fundus photography', 'fundus photograph', 'colour fundus', 'CFP'],
  ['MG', 'mammography', 'mammogram', 'mammograms'],
  ['OCT', 'optical coherence tomography'],
  ['OCTA', 'OCT angiography'],
  ['dermoscopy', 'dermatoscopy'],
  ['endoscopy', 'colonoscopy', 'gastroscopy'],
  ['lung', 'lungs', 'pulmonary'],
  ['heart', 'cardiac'],
  ['brain', 'cerebral'],
  ['kidney', 'kidneys', 'renal'],
  ['liver', 'hepatic'],
  ['eye', 'eyes', 'ocular', 'ophthalmic'],
  ['retina', 'retinal'],
  ['breast', 'mammary'],
  ['bone', 'bones', 'skeletal'],
  ['skin', 'dermal'],
  ['vessel', 'vessels', 'vascular'],
  ['segmentation', 'seg'],
  ['detection', 'localization'],
];

/** British and American spellings, as parts of words. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/tumour/g, 'tumor'],
  [/oesoph/g, 'esoph'],
  [/\bhaem/g, 'hem'],
  [/\bfoet/g, 'fet'],
  [/\bpaed/g, 'ped'],
  [/colour/g, 'color'],
  [/grey/g, 'gray'],
  [/isation/g, 'ization'],
];

/** Lower case, no accents, one spelling, words parted by single spaces. */
export function plainWords(text: string): string {
  const letters = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return SPELLINGS.reduce((all, [from, to]) => all.replace(from, to), letters);
}

const MEANING = new Map(
  SAME.flatMap((words) => words.map((word) => [plainWords(word), plainWords(words[0] as string)])),
);

/** The one word for all that mean the same; the plain words themselves where nothing else is known. */
export function meaningOf(text: string): string {
  const plain = plainWords(text);
  return MEANING.get(plain) ?? plain;
}
