/** Which format a file is of, by its name and its first bytes, and what reads it. */
import type { FileContent } from './content.js';
import type { ImageFacts } from './image.js';

/** Opens a file that a header names, by its path from the header's folder; undefined when it is not in the dataset. */
export type Beside = (name: string) => Promise<{ path: string; content: FileContent } | undefined>;

export interface Looking {
  /** In the dataset. */
  path: string;
  content: FileContent;
  beside: Beside;
}

/** @returns undefined when the file is no image @throws UnreadableImage */
export async function readImage({ path, content, beside }: Looking): Promise<ImageFacts | undefined> {
  const name = path.toLowerCase();
  const head = await content.read(0, 132);
  if (/\.nii(\.gz)?$/.test(name)) {
    return (await import('./nifti.js')).readNifti(content, head[0] === 0x1f && head[1] === 0x8b);
  }
  if (/\.mh[ad]$/.test(name)) return (await import('./metaimage.js')).readMetaImage(content, beside);
  if (/\.(nrrd|nhdr)$/.test(name)) return (await import('./nrrd.js')).readNrrd(content, beside);
  if (/\.hdr$/.test(name) && isAnalyze(head)) return readPair(path, content, beside);
  if (head.toString('latin1', 128, 132) === 'DICM') return (await import('./dicom.js')).readDicom(content);
  if (/\.png$/.test(name) || head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n')
    return (await import('./png.js')).readPng(content);
  if (/\.jpe?g$/.test(name) || (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff)) {
    return (await import('./jpeg.js')).readJpeg(content);
  }
  if (/\.(tiff?|svs|ndpi|scn)$/.test(name) || /^(II[*+]\0|MM\0[*+])/.test(head.toString('latin1', 0, 4))) {
    return (await import('./tiff.js')).readTiff(content);
  }
  if (!/\.gz$/.test(name) || head[0] !== 0x1f || head[1] !== 0x8b) return undefined;
  await content.unpacked({});
  return { format: 'gzip', dimensions: [] };
}

const isAnalyze = (head: Buffer): boolean =>
  head.length >= 4 && (head.readInt32LE(0) === 348 || head.readInt32BE(0) === 348);

async function readPair(path: string, content: FileContent, beside: Beside): Promise<ImageFacts> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const image = await beside(name.replace(/\.hdr$/i, (ending) => (ending === '.HDR' ? '.IMG' : '.img')));
  try {
    return await (await import('./nifti.js')).readPair(
      content,
      image && { path: image.path, bytes: image.content.size },
    );
  } finally {
    await image?.content.close();
  }
}
