import type pg from 'pg';

/** A column as the catalog describes it. */
export interface Column {
  readonly name: string;
  /** As in a cast: `bigint[]`. */
  readonly type: string;
  readonly isArray: boolean;
  readonly notNull: boolean;
  /** Numbered by the database itself: it is not exported, the order of the rows is kept instead. */
  readonly isIdentity: boolean;
}

export interface TableShape {
  readonly columns: readonly Column[];
  /** Columns of the primary key, in its order; empty when there is none. */
  readonly key: readonly string[];
  readonly isPartitioned: boolean;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Any table name a file may bring is looked up in the catalog before it becomes part of a statement. */
export async function readShape(client: pg.ClientBase, table: string): Promise<TableShape | null> {
  const { rows: found } = await client.query<{ oid: number; relkind: string }>(
    `SELECT c.oid, c.relkind FROM pg_class c
      WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
    [quoteName(table)],
  );
  const [relation] = found;
  if (relation === undefined) return null;
  const { rows: columns } = await client.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, t.typcategory = 'A' AS "isArray",
        a.attnotnull AS "notNull", a.attidentity <> '' AS "isIdentity"
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [relation.oid],
  );
  const { rows: key } = await client.query<{ name: string }>(
    `SELECT a.attname AS name FROM pg_index i CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE i.indrelid = $1 AND i.indisprimary ORDER BY k.place`,
    [relation.oid],
  );
  return { columns, key: key.map((row) => row.name), isPartitioned: relation.relkind === 'p' };
}

const isJson = (column: Column) => column.type === 'jsonb' || column.type === 'json';

/** The column's value as a part of a JSON array: bytes in base64, everything else as PostgreSQL writes it. */
export function exportExpression(column: Column, override: string | undefined): string {
  const value = override ?? `t.${quoteName(column.name)}`;
  // encode() breaks its lines like a mail, and json keeps those it was given; one line is one row here.
  if (column.type === 'bytea') return `translate(encode(${value}, 'base64'), E'\\n', '')`;
  return column.type === 'json' ? `${value}::jsonb` : value;
}

/** The way back: element `index` of the JSON array `r.v`, as the column's type. */
export function importExpression(column: Column, index: number): string {
  const text = `(r.v ->> ${index})`;
  if (column.type === 'bytea') return `decode(${text}, 'base64')`;
  // JSON's own null is told from no value by the column alone.
  if (isJson(column))
    return `${column.notNull ? `(r.v -> ${index})` : `nullif(r.v -> ${index}, 'null')`}::${column.type}`;
  if (!column.isArray) return `${text}::${column.type}`;
  return `CASE WHEN jsonb_typeof(r.v -> ${index}) = 'array'
    THEN ARRAY (SELECT jsonb_array_elements_text(r.v -> ${index}))::${column.type} END`;
}
