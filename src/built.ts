/** Files that a thread runs. */

/** The built file beside `from` (an `import.meta.url`), also when tests run the TypeScript sources, which a thread cannot. */
export function builtFile(name: string, from: string): URL {
  return new URL(`./${name}`, from.replace(/\/src\/(.*)\.ts$/, '/dist/$1.js'));
}
