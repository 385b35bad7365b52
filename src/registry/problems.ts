/** What the schema refuses, as places and reasons that the writer of a registry understands. */
import type { z } from 'zod';

export interface Problem {
  /** As in `datasets.luna16.sources[0].files[2].checksum`; '' for the whole file. */
  place: string;
  reason: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export function problemsOf(issues: readonly Issue[], base: Path = []): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({ place: placeText([...path, key]), reason: 'is no member that medds knows' }));
      case 'invalid_union':
        return problemsOfUnion(issue, path);
      case 'invalid_key':
        return { place: placeText(path), reason: issue.issues[0]?.message ?? issue.message };
      default:
        return { place: placeText(path), reason: reasonOf(issue) };
    }
  });
}

/** Of the forms that a value may have, only the one it was meant to have is worth complaining about. */
function problemsOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): Problem[] {
  if (issue.errors.length === 0) return [{ place: placeText(path), reason: unknownMethod(issue) }];
  const forms = issue.errors as readonly Issue[][];
  const meant = forms.filter((form) => !form.some(isOtherForm));
  if (meant.length === 1) return problemsOf(meant[0] as Issue[], path);
  const unknown = forms.flat().find((inner) => inner.code === 'invalid_union' && inner.errors.length === 0);
  if (unknown !== undefined) return problemsOf([unknown], path);
  const reasons = new Set(forms.flat().map(reasonOf));
  return [{ place: placeText(path), reason: [...reasons].join(', or ') }];
}

/** True when the value is of another type, or names another access method, than this form wants. */
function isOtherForm({ path, code }: Issue): boolean {
  return (path.length === 0 && code !== 'custom' && code !== 'unrecognized_keys') || path[0] === 'method';
}

function unknownMethod(issue: Issue): string {
  const { options = [] } = issue as { options?: unknown[] };
  return `must be an access method: ${[...options, 'all'].join(', ')}`;
}

function reasonOf(issue: Issue): string {
  if (issue.code === 'invalid_type' && /received undefined$/.test(issue.message)) return 'is missing';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty';
  return issue.message.replace(/^(Invalid (input|option)|Too (small|big)): /, '');
}

export function placeText(path: Path): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[\w$-]+$/.test(String(part)) ? `.${String(part)}` : `[${JSON.stringify(String(part))}]`;
    })
    .join('')
    .replace(/^\./, '');
}
