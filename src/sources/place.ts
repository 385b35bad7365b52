/** The registry's patterns over paths: where the files of a tree land (`place`), and which case a file belongs to (`casePaths`). */
import type { PlaceRule } from '../registry/schema.js';

/** The path that the first fitting rule gives; the same path when none fits. */
export function placeOf(path: string, rules: readonly PlaceRule[] | undefined): string {
  for (const rule of rules ?? []) {
    const found = pattern(rule.from).exec(path);
    if (found !== null) return rule.to.replace(/\{(\w+)\}/g, (whole, name: string) => found.groups?.[name] ?? whole);
  }
  return path;
}

/** What the placeholders of a pattern (`{case}`) stand for in a path; undefined when it does not fit. */
export function readPath(path: string, from: string): Record<string, string> | undefined {
  return pattern(from).exec(path)?.groups;
}

const compiled = new Map<string, RegExp>();

function pattern(from: string): RegExp {
  let regexp = compiled.get(from);
  if (regexp === undefined) {
    const seen = new Set<string>();
    const body = from
      .split(/(\{\w+\})/)
      .map((part) => {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        if (seen.has(name)) return `\\k<${name}>`;
        seen.add(name);
        return `(?<${name}>[^/]+)`;
      })
      .join('');
    regexp = new RegExp(`^${body}$`);
    compiled.set(from, regexp);
  }
  return regexp;
}
