import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataFolder } from './data-folder.ts';

const isRoot = process.getuid?.() === 0;
const OWN = 'postgres://watch@db.example/allswell';

test('as root in a place that only root can enter, keys stay where they are when the database becomes one of your own', {
  skip: isRoot ? false : 'needs root, who alone has another folder to go to',
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'allswell-folder-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  const [checkout, fallback] = [join(root, 'checkout'), join(root, 'fallback')];
  await mkdir(checkout, { mode: 0o700 });
  await mkdir(fallback, { mode: 0o711 });
  const dataDir = join(checkout, 'data');
  const folderOf = async (databaseUrl: string | null, dataDirGiven = false) => {
    const folder = await dataFolder({ databaseUrl, dataDir, dataDirGiven }, fallback);
    return folder.ok ? folder.value.dataDir : folder.error.code;
  };

  assert.equal(await folderOf(null), fallback, 'the database user cannot enter the checkout');
  assert.equal(await folderOf(OWN), dataDir, 'with a database of your own nobody else has to');

  await writeFile(join(fallback, 'secret-key'), 'of the managed database');
  assert.equal(await folderOf(OWN), fallback, 'the key that sealed what was moved over');
  assert.equal(await folderOf(OWN, true), dataDir, 'a folder that was asked for is obeyed');

  await mkdir(dataDir);
  await writeFile(join(dataDir, 'secret-key'), 'of this install');
  assert.equal(await folderOf(OWN), dataDir, 'an install that has its own key keeps it');
});
