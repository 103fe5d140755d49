/**
 * Array parameters as PostgreSQL's own literals. The driver's general conversion looks at every element's type and
 * quotes all of them; on the ping path that costs more than the decision itself.
 */

export function numberArray(values: readonly (number | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) text += ',';
    const value = values[i];
    text += value === null || value === undefined ? 'NULL' : value;
  }
  return `${text}}`;
}

export function booleanArray(values: readonly boolean[]): string {
  return `{${values.join(',')}}`;
}

/** For values that need no quoting: UUIDs and our own lower-case words. */
export function wordArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) text += ',';
    text += values[i] ?? 'NULL';
  }
  return `${text}}`;
}

/** Any text. NUL cannot be stored in a text column and is dropped. */
export function textArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) text += ',';
    const value = values[i];
    text += value === null || value === undefined ? 'NULL' : quote(value);
  }
  return `${text}}`;
}

function quote(value: string): string {
  return `"${value.replaceAll('\0', '').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** `unnest($4::uuid[], $5::bigint[], …)`: rows from one array per column, the first of them parameter `first`. */
export function unnestOf(types: readonly string[], first = 1): string {
  return `unnest(${types.map((type, index) => `$${first + index}::${type}[]`).join(', ')})`;
}
