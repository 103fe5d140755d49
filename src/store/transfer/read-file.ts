import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  CUT,
  FOOTER_START,
  type Footer,
  type Header,
  MAX_LINE_BYTES,
  parseFooter,
  parseHeader,
  parseTableLine,
} from './file-format.ts';
import { TransferRefusal } from './outcome.ts';

/** Rows are handed on in pieces of at most so many, or so many bytes. */
export const MAX_PIECE_ROWS = 1_000;
export const MAX_PIECE_BYTES = 1024 * 1024;

export type FileItem =
  | { readonly type: 'header'; readonly header: Header }
  | { readonly type: 'table'; readonly table: string; readonly columns: readonly string[] }
  /** Rows of the table named before, each a JSON array; `line` is the number of the first, counted from 1. */
  | { readonly type: 'rows'; readonly rows: readonly string[]; readonly line: number }
  /** The last item, and only of a file that is whole. */
  | { readonly type: 'footer'; readonly footer: Footer };

const GZIP_START = Buffer.of(0x1f, 0x8b);
const NEWLINE = 10;
const ROW_START = 0x5b;

function damaged(line: number, what: string): TransferRefusal {
  return new TransferRefusal('damaged', `the file is damaged in line ${line}: ${what}`);
}

/** Unpacks what is packed, whatever the name of the file says. */
async function* unpack(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]();
  let begun: Buffer = Buffer.alloc(0);
  // A pipe may bring less than the two bytes that tell.
  while (begun.length < GZIP_START.length) {
    const next = await chunks.next();
    if (next.done) break;
    begun = Buffer.concat([begun, next.value]);
  }
  const all = async function* () {
    try {
      if (begun.length > 0) yield begun;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      // Whoever stops reading closes the file.
      await chunks.return?.();
    }
  };
  const isPacked = begun.subarray(0, GZIP_START.length).equals(GZIP_START);
  if (!isPacked) return yield* all();
  try {
    // The callback is there for the form: errors arrive where the result is read.
    yield* pipeline(all, createGunzip(), () => undefined) as AsyncIterable<Buffer>;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'Z_BUF_ERROR') throw new TransferRefusal('damaged', CUT);
    if (typeof code === 'string' && code.startsWith('Z_')) {
      throw new TransferRefusal('damaged', 'the file is damaged: it cannot be unpacked');
    }
    throw error;
  }
}

/** Lines with their newline; only a cut file has something after the last one. */
async function* splitLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, end + 1);
      yield begun.length === 0 ? piece : Buffer.concat([...begun, piece]);
      begun = [];
      begunBytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (begunBytes > MAX_LINE_BYTES) throw new TransferRefusal('unreadable', 'the file has a line that is too long');
  }
  if (begunBytes > 0) yield Buffer.concat(begun);
}

/** Counts and sums up what passes, and compares it with the footer in the end. */
class Sum {
  readonly #hash = createHash('sha256');
  readonly #rows = new Map<string, number>();
  #table: string | null = null;

  add(line: Buffer): void {
    this.#hash.update(line);
  }

  begin(table: string): boolean {
    const isNew = !this.#rows.has(table);
    this.#rows.set(table, 0);
    this.#table = table;
    return isNew;
  }

  count(rows: number): boolean {
    if (this.#table === null) return false;
    this.#rows.set(this.#table, (this.#rows.get(this.#table) ?? 0) + rows);
    return true;
  }

  fits(footer: Footer): boolean {
    const told = Object.entries(footer.rows);
    const counted = told.length === this.#rows.size && told.every(([table, rows]) => this.#rows.get(table) === rows);
    return counted && this.#hash.digest('hex') === footer.sha256;
  }
}

/** Gathers rows into pieces. */
class Piece {
  #rows: string[] = [];
  #bytes = 0;
  #line = 0;

  add(text: string, line: number): void {
    if (this.#rows.length === 0) this.#line = line;
    this.#rows.push(text);
    this.#bytes += text.length;
  }

  get isFull(): boolean {
    return this.#rows.length >= MAX_PIECE_ROWS || this.#bytes >= MAX_PIECE_BYTES;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  take(): Extract<FileItem, { type: 'rows' }> {
    const item = { type: 'rows' as const, rows: this.#rows, line: this.#line };
    this.#rows = [];
    this.#bytes = 0;
    return item;
  }
}

/**
 * Reads an export, packed or not. The footer comes only when every byte before it is as it was written; until then
 * nothing that was read may be believed. Throws TransferRefusal: `unreadable`, `damaged`.
 */
export async function* readExport(input: AsyncIterable<Buffer>): AsyncGenerator<FileItem> {
  const sum = new Sum();
  const piece = new Piece();
  let footer: Footer | null = null;
  let number = 0;
  for await (const line of splitLines(unpack(input))) {
    number += 1;
    if (footer !== null) throw damaged(number, 'something follows the end');
    const isCut = line.at(-1) !== NEWLINE;
    if (number === 1) {
      yield { type: 'header', header: parseHeader(line.toString('utf8'), isCut) };
      sum.add(line);
      continue;
    }
    if (isCut) throw new TransferRefusal('damaged', CUT);
    if (line[0] === ROW_START) {
      sum.add(line);
      if (!sum.count(1)) throw damaged(number, 'a row without a table');
      piece.add(line.toString('utf8', 0, line.length - 1), number);
      if (piece.isFull) yield piece.take();
      continue;
    }
    if (!piece.isEmpty) yield piece.take();
    if (line.subarray(0, FOOTER_START.length).equals(FOOTER_START)) {
      footer = parseFooter(line.toString('utf8'));
      if (footer === null || !sum.fits(footer)) {
        throw new TransferRefusal('damaged', 'the file is damaged: it is not as it was written (its checksum differs)');
      }
      continue;
    }
    const table = parseTableLine(line.toString('utf8'));
    if (table === null) throw damaged(number, 'neither a row nor a table');
    sum.add(line);
    if (!sum.begin(table.table)) throw damaged(number, 'a table comes twice');
    yield { type: 'table', ...table };
  }
  if (number === 0) throw new TransferRefusal('unreadable', 'the file is empty');
  if (footer === null) throw new TransferRefusal('damaged', CUT);
  yield { type: 'footer', footer };
}

export interface CheckedFile {
  readonly header: Header;
  readonly rows: Readonly<Record<string, number>>;
}

/** Reads a whole file and answers what is in it; throws TransferRefusal like `readExport`. */
export async function checkExport(input: AsyncIterable<Buffer>): Promise<CheckedFile> {
  let header: Header | null = null;
  let rows: Footer['rows'] = {};
  for await (const item of readExport(input)) {
    if (item.type === 'header') header = item.header;
    if (item.type === 'footer') rows = item.footer.rows;
  }
  if (header === null) throw new TransferRefusal('unreadable', 'the file is empty');
  return { header, rows };
}
