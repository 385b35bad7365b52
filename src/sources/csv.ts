/** Tables of hosts. */
import { parse } from 'csv-parse/sync';

/** Rows by the names in the first one; a short row lacks its last columns. @throws SyntaxError when it is no table */
export function csvRows(text: string): Map<string, string>[] {
  try {
    const [columns = [], ...rows] = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
    return rows.map((row) => new Map(row.map((value, at) => [columns[at] ?? '', value])));
  } catch (error) {
    throw new SyntaxError((error as Error).message, { cause: error });
  }
}
