/** This package's version and how it introduces itself to hosts. */
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = version;

/** Hosts ask automated clients to name themselves. */
export const USER_AGENT = `medds/${version} (medical imaging dataset downloader; node/${process.versions.node})`;
