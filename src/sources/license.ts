/** Licences as hosts state them. */
import { printable } from '../printable.js';
import type { Resolution } from './source.js';

const CREATIVE_COMMONS =
  /creativecommons\.org\/(?:licenses\/(by(?:-nc)?(?:-nd|-sa)?)\/(\d\.\d)|publicdomain\/zero\/1\.0)/i;

/** A licence by its name and address; addresses of the Creative Commons tell which SPDX id it has. */
export function statedLicense(
  name: string | undefined,
  url: string | null | undefined,
): NonNullable<Resolution['license']> | undefined {
  if (name === undefined || name === '') return undefined;
  const [found, kind, version] = CREATIVE_COMMONS.exec(url ?? '') ?? [];
  const spdx = kind === undefined ? 'CC0-1.0' : `CC-${kind.toUpperCase()}-${version}`;
  return {
    name: printable(name),
    ...(found === undefined ? {} : { spdx }),
    ...(url === null || url === undefined || !URL.canParse(url) ? {} : { url: printable(url) }),
  };
}
