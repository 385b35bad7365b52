/** Comma-separated values as RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) has them; the first record names the columns. */

/**
 * One row after the other; a short row lacks its last columns. Line ends may be LF or CRLF, a byte order mark is skipped.
 * @throws SyntaxError for a quote that is not closed, or closed in the middle of a field
 */
export function* csvRows(text: string): Generator<Map<string, string>> {
  let columns: string[] | undefined;
  for (const record of records(text)) {
    if (columns === undefined) columns = record;
    else if (record.length > 1 || record[0] !== '')
      yield new Map(record.map((value, at) => [columns?.[at] ?? '', value]));
  }
}

function* records(text: string): Generator<string[]> {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let record: string[] = [];
  while (at < text.length) {
    const { value, end } = text[at] === '"' ? quoted(text, at) : plain(text, at);
    record.push(value);
    if (text[end] === ',') {
      at = end + 1;
      if (at === text.length) record.push('');
      continue;
    }
    yield record;
    record = [];
    at = text.startsWith('\r\n', end) ? end + 2 : end + 1;
  }
  if (record.length > 0) yield record;
}

function plain(text: string, start: number): { value: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end)) end += 1;
  return { value: text.slice(start, end), end };
}

function quoted(text: string, start: number): { value: string; end: number } {
  let close = text.indexOf('"', start + 1);
  while (text[close + 1] === '"' && close >= 0) close = text.indexOf('"', close + 2);
  const end = close + 1;
  if (close < 0 || (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end))) {
    throw new SyntaxError(`the quote at character ${start + 1} is not closed as it should be`);
  }
  return { value: text.slice(start + 1, close).replaceAll('""', '"'), end };
}
