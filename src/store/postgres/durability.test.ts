import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDurability, judgeDurability, missingLimits } from './durability.ts';
import { ask, newScene } from './testing/scene.ts';

const GOOD = {
  version_number: '180004',
  version: '18.4',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

const codes = (settings: Record<string, string>) => {
  const { errors, warnings } = judgeDurability(settings);
  return { errors: errors.map((finding) => finding.code), warnings: warnings.map((finding) => finding.code) };
};

test('a server that flushes before it answers is good, whatever it asks of replicas', () => {
  for (const synchronous_commit of ['on', 'local', 'remote_write', 'remote_apply']) {
    assert.deepEqual(codes({ ...GOOD, synchronous_commit }), { errors: [], warnings: [] });
  }
  assert.deepEqual(codes({ ...GOOD, version_number: '150000' }), { errors: [], warnings: [] });
});

test('each way to lose what was acknowledged is an error', () => {
  assert.deepEqual(codes({ ...GOOD, fsync: 'off' }).errors, ['fsync_off']);
  assert.deepEqual(codes({ ...GOOD, synchronous_commit: 'off' }).errors, ['synchronous_commit_off']);
  assert.deepEqual(codes({ ...GOOD, version_number: '140012' }).errors, ['too_old']);
  assert.deepEqual(codes({ ...GOOD, version_number: 'new' }).errors, ['too_old']);
  assert.deepEqual(codes({}).errors, ['not_told']);
});

test('torn pages are a warning: some file systems have none', () => {
  assert.deepEqual(codes({ ...GOOD, full_page_writes: 'off' }), { errors: [], warnings: ['full_page_writes_off'] });
});

test('a real server that was switched to losing data is found out, also for one user only', async (t) => {
  const scene = await newScene(t);
  const postgres = await scene.open({ parameters: { fsync: 'off', full_page_writes: 'off' } });
  const { errors, warnings } = await checkDurability((sql) => ask(postgres.connection, sql));
  assert.deepEqual(
    errors.map((finding) => finding.code),
    ['fsync_off'],
  );
  assert.deepEqual(
    warnings.map((finding) => finding.code),
    ['full_page_writes_off'],
  );
  await postgres.stop('fast');
  const safe = await scene.open({ parameters: {} });
  await ask(safe.connection, 'alter role allswell set synchronous_commit = off');
  const report = await checkDurability((sql) => ask(safe.connection, sql));
  assert.deepEqual(
    report.errors.map((finding) => finding.code),
    ['synchronous_commit_off'],
  );
});

test('behind a pooler the limits have to be the role’s: what is missing is said as the line that sets it', async (t) => {
  const scene = await newScene(t);
  const { connection } = await scene.open({ parameters: {} });
  const missing = () => missingLimits((sql) => ask(connection, sql));
  const lines = await missing();
  assert.deepEqual(lines, [
    "ALTER ROLE allswell SET statement_timeout = '30s'",
    "ALTER ROLE allswell SET idle_in_transaction_session_timeout = '5s'",
  ]);
  for (const line of lines) await ask(connection, line);
  assert.deepEqual(await missing(), []);
});
