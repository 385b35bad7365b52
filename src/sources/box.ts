/** Files and folders that are shared on Box (https://support.box.com/hc/en-us/articles/360043697094-Creating-Shared-Links). */
import { printable } from '../printable.js';
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import { locateOnBox } from './box-link.js';
import { BoxShare } from './box-share.js';
import type { Listed } from './facts.js';
import { known } from './json-api.js';
import type { RemoteFile, Source } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'box' }>;
type NamedFile = NonNullable<Entry['files']>[number];

export const box: Source<'box'> = {
  locate: locateOnBox,

  async resolve(entry, context) {
    const share = new BoxShare(context);
    const files: RemoteFile[] = [];
    for (const [index, { url, ...file }] of (entry.files ?? []).entries()) {
      // The first tells whether the source works; others are looked at now only for what is not known of them.
      const isUnseen = index > 0 && file.path !== undefined && file.size !== undefined;
      const listed = isUnseen ? share.unseen(url, file.path as string) : await share.file(url);
      files.push(...choose(listed, file, entry));
    }
    const tree = entry.item === undefined ? undefined : await share.item(entry.item.url);
    if (tree?.file !== undefined) files.push(...choose(tree.file, {}, entry));
    else if (tree !== undefined) {
      const where = `Box folder ${printable(tree.name ?? '')}`;
      files.push(...chooseTree(tree.files, { ...entry, files: undefined }, where));
    }
    const more = tree === undefined && files.length > 1 ? ` and ${files.length - 1} more` : '';
    return {
      label: `Box ${printable(tree?.name ?? files[0]?.path ?? '')}${more}`,
      ...known('title', tree?.name),
      files,
      notes: tree?.notes ?? [],
    };
  },
};

function choose(listed: Listed, facts: Omit<NamedFile, 'url'>, { unpack, into }: Entry): RemoteFile[] {
  const file: FileFacts = { ...facts, path: facts.path ?? listed.path };
  return chooseTree([{ ...listed, path: file.path }], { files: [file], unpack, into }, 'Box');
}
