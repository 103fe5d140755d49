import { TransferRefusal } from './outcome.ts';
import type { Part } from './tables.ts';

/**
 * The file: lines of JSON. The first is the header; then, table by table, a line that names it and its columns and one
 * line per row, an array; the last is the footer with the number of rows and the SHA-256 of all bytes before it.
 */
export const FORMAT = 1;

/** A longer line is none of ours: bodies are kept to 100 kB, evidence to less. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

export interface Header {
  readonly allswell_export: typeof FORMAT;
  /** Number of the newest migration of the database it came from. */
  readonly schema: number;
  /** Version of the program that wrote it. */
  readonly product: string;
  /** RFC 3339, UTC. */
  readonly made_at: string;
  readonly parts: readonly Part[];
  /** Which key opens the secrets in it: a fingerprint, not the key. Null: there are none, or the key was not at hand. */
  readonly secret_key: string | null;
}

export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface Footer {
  readonly end: true;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
}

export const lineOf = (value: Header | TableLine | Footer): string => `${JSON.stringify(value)}\n`;

/** How the footer begins; what it says is not part of its own sum. */
export const FOOTER_START = Buffer.from('{"end":');

type Loose = Readonly<Record<string, unknown>>;

function parseObject(line: string): Loose | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : null;
  } catch {
    return null;
  }
}

const NOT_OURS = 'this is not a file that allswell export has written';

export const CUT = 'the file ends in the middle: it was cut, or is still being written';

/** `isCut`: the line has no end. */
export function parseHeader(line: string, isCut = false): Header {
  const value = parseObject(line);
  if (isCut && line.startsWith('{"allswell_export":')) throw new TransferRefusal('damaged', CUT);
  if (value === null || typeof value.allswell_export !== 'number') throw new TransferRefusal('unreadable', NOT_OURS);
  if (value.allswell_export !== FORMAT) {
    const message = `the file has format ${value.allswell_export}, this program reads ${FORMAT}: use the program that wrote it, or a newer one`;
    throw new TransferRefusal('unreadable', message);
  }
  const { schema, secret_key, parts } = value;
  const isWhole =
    Number.isInteger(schema) && Array.isArray(parts) && (secret_key === null || typeof secret_key === 'string');
  if (!isWhole) throw new TransferRefusal('unreadable', NOT_OURS);
  return value as unknown as Header;
}

export function parseTableLine(line: string): TableLine | null {
  const value = parseObject(line);
  const isTable =
    typeof value?.table === 'string' &&
    Array.isArray(value.columns) &&
    value.columns.every((column) => typeof column === 'string');
  return isTable ? (value as unknown as TableLine) : null;
}

export function parseFooter(line: string): Footer | null {
  const value = parseObject(line);
  const isFooter = value?.end === true && typeof value.sha256 === 'string' && typeof value.rows === 'object';
  return isFooter && value.rows !== null ? (value as unknown as Footer) : null;
}
