import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { FORMAT, type Header, lineOf, MAX_LINE_BYTES } from './file-format.ts';
import { asOutcome } from './outcome.ts';
import { checkExport, type FileItem, MAX_PIECE_BYTES, MAX_PIECE_ROWS, readExport } from './read-file.ts';

const header: Header = {
  allswell_export: FORMAT,
  schema: 1,
  product: '1.2.3',
  made_at: '2026-11-21T12:00:00.000Z',
  parts: ['configuration'],
  secret_key: 'abc',
};

type Content = Readonly<Record<string, readonly unknown[][]>>;

function fileOf(content: Content): string {
  const tables = Object.entries(content).map(([table, rows]) =>
    [lineOf({ table, columns: ['a', 'b'] }), ...rows.map((row) => `${JSON.stringify(row)}\n`)].join(''),
  );
  const text = [lineOf(header), ...tables].join('');
  const rows = Object.fromEntries(Object.entries(content).map(([table, all]) => [table, all.length]));
  return text + lineOf({ end: true, rows, sha256: createHash('sha256').update(text).digest('hex') });
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function itemsOf(input: Buffer | string, size = 65_536): Promise<FileItem[]> {
  const items: FileItem[] = [];
  for await (const item of readExport(pieces(Buffer.from(input), size))) items.push(item);
  return items;
}

async function refusalOf(input: Buffer | string, size?: number): Promise<string> {
  const outcome = await asOutcome(() => itemsOf(input, size));
  assert.ok(!outcome.ok, 'it was not refused');
  assert.doesNotMatch(outcome.message, /\n/);
  return `${outcome.code}: ${outcome.message}`;
}

/** What is shorter could be anything. */
const START = '{"allswell_export":';

const small = fileOf({
  team: [
    [1, 'тест 🎉'],
    [2, 'a\nb'],
  ],
  gap: [],
  run: [[3, null]],
});

test('whatever the pieces it comes in, packed or not, the same is read', async () => {
  const whole = await itemsOf(small);
  assert.deepEqual(
    whole.map((item) => item.type),
    ['header', 'table', 'rows', 'table', 'table', 'rows', 'footer'],
  );
  assert.deepEqual(whole[2], { type: 'rows', rows: ['[1,"тест 🎉"]', '[2,"a\\nb"]'], line: 3 });
  for (const size of [1, 2, 3, 7, 64, 1_000]) {
    assert.deepEqual(await itemsOf(small, size), whole);
    assert.deepEqual(await itemsOf(gzipSync(small), size), whole);
  }
  assert.deepEqual(await checkExport(pieces(Buffer.from(small), 11)), { header, rows: { team: 2, gap: 0, run: 1 } });
});

test('rows come in pieces that are bounded in number and in bytes', async () => {
  const many = Array.from({ length: MAX_PIECE_ROWS * 2 + 1 }, (_, n) => [n, 'x']);
  const wide = Array.from({ length: 40 }, (_, n) => [n, 'y'.repeat(100_000)]);
  const items = (await itemsOf(fileOf({ many, wide }))).filter((item) => item.type === 'rows');
  for (const { rows } of items) {
    assert.ok(rows.length <= MAX_PIECE_ROWS);
    assert.ok(rows.slice(0, -1).join('').length < MAX_PIECE_BYTES);
  }
  assert.deepEqual(
    items.flatMap(({ rows }) => rows.map((row) => JSON.parse(row))),
    [...many, ...wide],
  );
});

describe('refused is', () => {
  test('every cut, at every byte', async () => {
    const bytes = Buffer.from(small);
    for (let end = 0; end < bytes.length; end += 1) {
      const words = await refusalOf(bytes.subarray(0, end));
      assert.match(
        words,
        end < START.length ? /^unreadable: / : /^damaged: the file ends in the middle/,
        `cut at ${end}`,
      );
    }
    const packed = gzipSync(small);
    for (let end = 18; end < packed.length; end += 1) {
      assert.match(await refusalOf(packed.subarray(0, end)), /^(damaged|unreadable): /, `cut at ${end}`);
    }
  });

  test('every change of a byte, wherever it is', async () => {
    const bytes = Buffer.from(small);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const altered = Buffer.from(bytes);
        altered[place] = (altered[place] ?? 0) ^ change;
        assert.match(await refusalOf(altered), /^(damaged|unreadable): /);
      }),
      { numRuns: 1_000, seed: 20_261_121 },
    );
  });

  test('a row, a table or an end that is not in its place', async () => {
    const footerAt = small.lastIndexOf('{"end"');
    const [body, footer] = [small.slice(0, footerAt), small.slice(footerAt)];
    assert.match(await refusalOf(`${small}[1]\n`), /^damaged: .* line \d+: something follows the end/);
    assert.match(await refusalOf(`${body}{"table":"team","columns":["a"]}\n${footer}`), /a table comes twice/);
    assert.match(await refusalOf(`${lineOf(header)}[1]\n${footer}`), /line 2: a row without a table/);
    assert.match(await refusalOf(`${body}"word"\n${footer}`), /neither a row nor a table/);
    assert.match(await refusalOf(`${body}{"table":"x","columns":[1]}\n${footer}`), /neither a row nor a table/);
    assert.match(await refusalOf(body.replace('[1,', '[7,') + footer), /not as it was written/);
  });

  test('what is no export, or one of another time', async () => {
    assert.equal(await refusalOf(''), 'unreadable: the file is empty');
    for (const other of ['PGDMP', '{}\n', '[]\n', 'null\n', '{"allswell_export":"1"}\n', '{"allswell_export":1}\n']) {
      assert.match(await refusalOf(other), /^unreadable: this is not a file that allswell export has written$/, other);
    }
    const later = small.replace('"allswell_export":1', '"allswell_export":2');
    assert.match(await refusalOf(later), /^unreadable: the file has format 2, this program reads 1: /);
    assert.match(await refusalOf(gzipSync('hello').fill(7, 12, 16)), /^(damaged|unreadable): /);
  });

  test('a line that has no end', async () => {
    const endless = Buffer.alloc(MAX_LINE_BYTES + 100_000, 'x');
    assert.equal(await refusalOf(endless), 'unreadable: the file has a line that is too long');
  });
});
