/** JSON.parse keeps the last of two members of one name in silence; a registry with such a pair is a mistake worth telling. */

/** The place of the first member that stands twice in its object, as in `datasets.luna16`; undefined when there is none. */
export function findDuplicateKey(json: string): (string | number)[] | undefined {
  const path: Level[] = [];
  // The text is valid JSON already, so strings and brackets are all that matters.
  for (const { 0: token } of json.matchAll(TOKEN)) {
    const level = path.at(-1);
    if (token === '{' || token === '[') path.push(token === '{' ? { keys: new Set() } : { index: 0 });
    else if (token === '}' || token === ']') path.pop();
    else if (token === ',') {
      if (level?.index !== undefined) level.index++;
    } else if (token.endsWith(':') && level?.keys !== undefined) {
      level.key = JSON.parse(token.slice(0, -1)) as string;
      if (level.keys.has(level.key)) return path.map(({ key, index }) => key ?? index ?? '');
      level.keys.add(level.key);
    }
  }
  return undefined;
}

/** An object with the names seen so far and the one it is at, or an array with the index it is at. */
interface Level {
  keys?: Set<string>;
  key?: string;
  index?: number;
}

/** A string with the colon after it, if there is one, or one character of structure. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\],]/g;
