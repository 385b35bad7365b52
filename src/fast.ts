/**
 * `medds path ID`, `medds list [WORDS]` and `medds status` without flags: scripts call them in loops, and loading the command-line
 * frame takes longer than their work. They do and print exactly what the classes of src/commands do.
 */
import { resolveSettings } from './settings.js';

/** Returns false when the command line is not one of them. */
export async function runFast(argv: readonly string[]): Promise<boolean> {
  const [command, ...args] = argv;
  // A dash begins a flag; what it means is for the frame to say.
  if (args.some((arg) => arg.startsWith('-') || arg === '')) return false;
  const [id] = args;
  if (command === 'path' && id !== undefined && args.length === 1) {
    const { locateDataset } = await import('./locate.js');
    const { path, chosen } = await locateDataset(id, resolveSettings());
    if (chosen !== undefined) (await import('./ui/chosen.js')).noteChosen(id, chosen);
    process.stdout.write(`${path}\n`);
    return true;
  }
  if (command === 'list') {
    const [{ findDatasets }, { showDatasetList }, { warn }] = await Promise.all([
      import('./catalogue.js'),
      import('./ui/dataset-list.js'),
      import('./ui/output.js'),
    ]);
    await showDatasetList(await findDatasets({ words: args }, resolveSettings(), warn));
    return true;
  }
  if (command === 'status' && args.length === 0) {
    const [{ libraryStatus }, { layoutOf }, { showLibrary }] = await Promise.all([
      import('./library/inventory.js'),
      import('./library/layout.js'),
      import('./ui/status-list.js'),
    ]);
    const { home } = resolveSettings();
    await showLibrary(home.value, await libraryStatus(layoutOf(home.value)), { json: false, quiet: false });
    return true;
  }
  return false;
}
