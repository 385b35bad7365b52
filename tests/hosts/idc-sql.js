// @ts-check
/** So much of DuckDB's SQL as a question about series needs: columns of one table, conditions joined by AND, an order, a limit. */

/**
 * @typedef {Record<string, string | number | null>} Row
 * @typedef {(row: Row) => boolean} Condition
 */

const QUESTION = /^SELECT (.+?) FROM (\w+) WHERE (.+) ORDER BY (\w+) LIMIT (\d+)$/s;
const IN = /^(\w+) IN \(((?:'(?:[^']|'')*'(?:, )?)+)\)/;
const AFTER = /^(\w+) > '((?:[^']|'')*)'/;

/**
 * @param {string} sql
 * @param {ReadonlyMap<string, readonly Row[]>} tables
 * @param {{ ignoresConditions: boolean }} options
 * @returns {{ columns: string[], rows: Row[] } | { error: string }}
 */
export function select(sql, tables, { ignoresConditions }) {
  const [, list = '', table = '', where = '', order = '', limit = ''] = QUESTION.exec(sql.trim()) ?? [];
  const rows = tables.get(table);
  if (rows === undefined) return { error: `Catalog Error: Table with name ${table} does not exist!` };
  const columns = list.split(', ');
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const conditions = conditionsOf(where);
  if (conditions === undefined) return { error: `Parser Error: syntax error in ${where}` };
  const named = [...columns, order, ...conditions.map(({ column }) => column)];
  const unknown = rows.length === 0 ? undefined : named.find((column) => !known.has(column));
  if (unknown !== undefined) return { error: `Binder Error: Referenced column "${unknown}" not found in FROM clause!` };
  const found = rows
    .filter((row) => ignoresConditions || conditions.every(({ fits }) => fits(row)))
    .sort((a, b) => (String(a[order]) < String(b[order]) ? -1 : 1))
    .slice(0, Number(limit));
  return {
    columns,
    rows: found.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))),
  };
}

/**
 * @param {string} where
 * @returns {{ column: string, fits: Condition }[] | undefined}  undefined when it is none that is known here
 */
function conditionsOf(where) {
  const found = [];
  for (let rest = where; rest !== ''; ) {
    const match = IN.exec(rest) ?? AFTER.exec(rest);
    if (match === null) return undefined;
    const [whole, column = '', literals = ''] = match;
    if (whole.includes(' IN (')) {
      const values = new Set([...literals.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => unquoted(text)));
      found.push({ column, fits: (/** @type {Row} */ row) => values.has(String(row[column])) });
    } else {
      found.push({ column, fits: (/** @type {Row} */ row) => String(row[column]) > unquoted(literals) });
    }
    rest = rest.slice(whole.length);
    if (rest.startsWith(' AND ')) rest = rest.slice(' AND '.length);
    else if (rest !== '') return undefined;
  }
  return found;
}

/** @param {string} text */
const unquoted = (text) => text.replaceAll("''", "'");
