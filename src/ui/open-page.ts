/** Opens a page in the user's browser. */
import open from 'open';
import { printable } from '../printable.js';
import { note } from './output.js';

/** Says which page it is, for whoever sits at a terminal without a browser. `BROWSER` names another one, as for other tools. */
export async function openPage(url: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  // What a registry or a host says is opened only when it is a web page.
  if (!/^https?:\/\//i.test(url)) return;
  note(`Opening ${printable(url)}`);
  const browser = env.BROWSER?.trim();
  try {
    const child = await open(url, browser ? { app: { name: browser } } : {});
    child.once('error', () => noBrowser(url));
  } catch {
    noBrowser(url);
  }
}

function noBrowser(url: string): void {
  note(`No browser could be started. Open the page yourself: ${printable(url)}`);
}
