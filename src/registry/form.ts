/** Parts that the registry's form is made of: text, addresses, paths, checksums, facts about files and about sources. */
import { z } from 'zod';
import { isChecksum } from '../checksum.js';
import { LAYOUT_FIELDS, unknownFields } from '../sources/series-layout.js';

/** An id is a folder's name on every file system, so: lower case, digits, dashes and dots, no dot first. */
export const ID_FORM = /^[a-z0-9][a-z0-9._-]{0,99}$/;

export const text = z.string().trim().min(1);
export const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), 'must not hold a user name or password');

/** An address in which a range of numbers may stand, `{000..299}`. */
export const webUrlOfMany = text
  .regex(/^https?:\/\//i, { error: 'must be an http or https URL', abort: true })
  .refine(
    (url) => webUrl.safeParse(url.replace(/\{\d+\.\.\d+\}/, '0')).success,
    'must be a URL without user and password',
  );

/** Relative POSIX path inside a dataset. The archive's safety check holds it again before anything is written. */
export const relativePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path), 'must be relative, not absolute')
  .refine((path) => !path.split(/[/\\]/).includes('..'), 'must not climb with ..')
  .refine((path) => !/[\u0000-\u001f\u007f\\]/.test(path), 'must not hold control characters or backslashes')
  .refine((path) => !path.split('/').some((part) => part === '' || part === '.'), 'must not hold empty or . parts');

export const checksum = z
  .string()
  .refine(
    isChecksum,
    'must be algorithm:hex with md5, sha1, sha256, sha512, crc32c or git-sha1 and the right number of digits',
  );
export const checksums = z.union([checksum, z.array(checksum).min(1)]);
export const bytes = z.number().int().nonnegative();
export const date = z.iso.date();

/** How a file is unpacked: not at all, by what its first bytes say, or as the kind named. */
export const unpack = z.union([z.boolean(), z.enum(['zip', 'tar', 'gz', '7z'])]);

/** Facts about one file that a source offers, known before the host is asked. */
export const fileFacts = {
  path: relativePath,
  /** Glob over the name that the host or a browser gives, where it is not always `path`. */
  pattern: text.optional(),
  size: bytes.optional(),
  checksum: checksums.optional(),
  unpack: unpack.optional(),
  /**
   * Globs, as in picomatch, over the paths in an archive: archives in it that are unpacked in their places, into the folders they lie
   * in. What comes out of them is left as it is.
   */
  nested: z.array(text).min(1).optional(),
  /** Of an encrypted archive, where its owners have published it. */
  password: text.optional(),
  /** Folder inside the dataset that the file, or what is in it, goes to. */
  into: relativePath.optional(),
};
export const file = z.strictObject(fileFacts);
/** Facts of a file whose name the host tells where `path` does not. */
export const named = { ...fileFacts, path: relativePath.optional() };

/**
 * Where files of a tree land: `{ "from": "images/{case}.nii.gz", "to": "data/{case}/imaging.nii.gz" }`. A `{name}` stands
 * for any characters but a slash. The first rule that fits wins; a file that none fits keeps its path.
 */
export const place = z.array(z.strictObject({ from: relativePath, to: relativePath })).min(1);

/** Which case a file belongs to: a path in the dataset, as in `place`, in which `{case}` is the case's name. */
export const casePath = relativePath.refine((path) => path.includes('{case}'), 'must hold {case}');

/** A DICOM UID, such as a SeriesInstanceUID. */
export const uid = z.string().regex(/^(?=.{3,64}$)\d+(\.\d+)+$/, 'must be a DICOM UID');

/** Folder of a DICOM series in the dataset: `{PatientID}/{Modality}/{SeriesInstanceUID}`. docs/access-methods.md lists the fields. */
export const layout = relativePath.refine((template) => unknownFields(template).length === 0, {
  error: ({ input }) => `has no field ${unknownFields(String(input)).join(', ')}; it has ${LAYOUT_FIELDS.join(', ')}`,
});

export const requirement = z.enum(['account', 'token', 'registration', 'terms', 'approval', 'agreement', 'email']);

export const common = {
  /** Name for `--source`; needed where a dataset has two sources of one method. Default: the method. */
  name: z.string().regex(ID_FORM).optional(),
  /** True when the dataset's owners offer it here. */
  official: z.boolean().optional(),
  /** What it holds when that is not the whole dataset. */
  provides: z.array(text).optional(),
  /** What the user needs first. */
  requires: z.array(requirement).optional(),
  /** Why this source is used only when asked for by name with --source (a re-upload against the terms, say). */
  onlyByName: text.optional(),
  notes: z.array(text).optional(),
  /** What this rests on. */
  evidence: z.array(text).optional(),
  confidence: z.enum(['high', 'medium', 'low']).optional(),
  /** Day on which the source was last seen to work, or null. */
  checked: date.nullable().optional(),
  /** What it offered on that day (`medds registry check --write`), so that the next look sees a change. */
  seen: z
    .strictObject({
      revision: text.optional(),
      files: bytes,
      size: bytes.optional(),
      /** SHA-256 over paths, sizes and checksums. */
      listing: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 digits'),
    })
    .optional(),
};

/** Selection and placing for sources that list a tree of files themselves. Globs as in picomatch. */
export const tree = {
  include: z.array(text).optional(),
  exclude: z.array(text).optional(),
  place: place.optional(),
  /** Default for the files of a tree: false. */
  unpack: unpack.optional(),
  into: relativePath.optional(),
};
