import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { systemRandom } from '../platform/random.ts';
import { isReadableTwice, openTarget, readSource } from './export-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'allswell-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const options = (signal = new AbortController().signal, output = new PassThrough()) => ({
  random: systemRandom,
  output,
  signal,
});

async function* text(...pieces: string[]) {
  yield* pieces;
}

test('a file appears when it is whole, and replaces the one before it', async () => {
  await writeFile(at('plain'), 'the one before');
  const target = await openTarget(at('plain'), options());
  await target.write(text('one ', 'two'));
  assert.equal(await readFile(at('plain'), 'utf8'), 'the one before');
  await target.keep();
  await target.drop();
  assert.equal(await readFile(at('plain'), 'utf8'), 'one two');
});

test('a file that fails in the middle leaves the one before it, and nothing beside', async () => {
  await writeFile(at('kept.gz'), 'the one before');
  const target = await openTarget(at('kept.gz'), options());
  const failing = async function* () {
    yield 'begun';
    throw new Error('the database went away');
  };
  await assert.rejects(target.write(failing()), /went away/);
  await target.drop();
  assert.equal(await readFile(at('kept.gz'), 'utf8'), 'the one before');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('a name that ends in .gz is packed', async () => {
  const target = await openTarget(at('packed.gz'), options());
  await target.write(text('a', 'b'.repeat(100_000)));
  await target.keep();
  assert.equal(gunzipSync(await readFile(at('packed.gz'))).toString(), `a${'b'.repeat(100_000)}`);
});

test('a device is written to and stays what it is', async () => {
  await symlink('/dev/null', at('null'));
  const target = await openTarget(at('null'), options());
  await target.write(text('away with it'));
  await target.keep();
  assert.equal(await isReadableTwice(at('null')), false);
});

test('standard output gets the text, and is not ended', async () => {
  const output = new PassThrough();
  const target = await openTarget('-', options(undefined, output));
  await target.write(text('for a pipe'));
  await target.keep();
  assert.equal(output.read().toString(), 'for a pipe');
  assert.equal(output.writableEnded, false);
});

test('both ways end at once when they are called off', async () => {
  const aborted = new AbortController();
  const target = await openTarget(at('never'), options(aborted.signal));
  const endless = new Readable({ read: () => undefined });
  const writing = target.write(endless as AsyncIterable<string>);
  const reading = (async () => {
    for await (const _ of readSource('-', new Readable({ read: () => undefined }), aborted.signal));
  })();
  const ended = [writing, reading].map((way) => assert.rejects(way, { name: 'AbortError' }));
  aborted.abort();
  await Promise.all(ended);
  await target.drop();
});
