/** Answers of WebDAV to PROPFIND (RFC 4918 14.16), with the checksums that Nextcloud and ownCloud add. */
import { parseXml, type XmlElement } from '@rgrove/parse-xml';
import { percentDecoded } from './percent.js';

export interface Member {
  /** From the share's folder on; '' is that folder. */
  path: string;
  /** Path at the host, encoded, on the host that was asked. */
  href: string;
  isFolder: boolean;
  /** As it is shown to people; the only name that a share of one file has. */
  name?: string;
  size?: number;
  checksums: string[];
}

const DIGITS: Record<string, number> = { MD5: 32, SHA1: 40, SHA256: 64 };

/** @param root address of the share's folder @returns undefined when it is no such answer */
export function readMultistatus(text: string, root: URL): Member[] | undefined {
  let document: XmlElement | null;
  try {
    document = parseXml(text).root;
  } catch {
    return undefined;
  }
  if (document === null || localName(document) !== 'multistatus') return undefined;
  const members: Member[] = [];
  for (const response of childrenOf(document, 'response')) {
    const said = first(response, 'href')?.text.trim();
    if (said === undefined || !URL.canParse(said, root.href)) return undefined;
    const place = new URL(said, root);
    // What is not below the share's folder on this host is not part of it.
    if (place.origin !== root.origin || !`${place.pathname}/`.startsWith(root.pathname)) continue;
    const rest = place.pathname.slice(root.pathname.length).replace(/\/+$/, '');
    const found = childrenOf(response, 'propstat').filter((stat) => / 200 /.test(first(stat, 'status')?.text ?? ''));
    const props = found.flatMap((stat) => childrenOf(stat, 'prop'));
    const prop = (name: string) => props.map((one) => first(one, name)).find((one) => one !== undefined);
    const type = prop('resourcetype');
    const name = prop('displayname')?.text.trim();
    const size = prop('getcontentlength')?.text.trim();
    members.push({
      path: rest.split('/').map(percentDecoded).join('/'),
      href: place.pathname,
      isFolder: type !== undefined && first(type, 'collection') !== undefined,
      ...(name ? { name } : {}),
      ...(size !== undefined && /^\d+$/.test(size) ? { size: Number(size) } : {}),
      checksums: checksumsIn(prop('checksums')?.text ?? ''),
    });
  }
  return members;
}

/** `SHA1:… MD5:… ADLER32:…` */
function checksumsIn(text: string): string[] {
  return [...text.matchAll(/\b(MD5|SHA1|SHA256):([0-9a-f]+)/gi)].flatMap(([, name = '', hex = '']) => {
    const algorithm = name.toUpperCase();
    return hex.length === DIGITS[algorithm] ? [`${algorithm.toLowerCase()}:${hex.toLowerCase()}`] : [];
  });
}

const localName = ({ name }: XmlElement): string => name.slice(name.indexOf(':') + 1).toLowerCase();

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child.type === 'element' && localName(child as XmlElement) === name,
  );
}

const first = (element: XmlElement, name: string): XmlElement | undefined => childrenOf(element, name)[0];
