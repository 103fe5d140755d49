import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DIALECTS } from './registry.ts';
import { cleanPath, dialectTarget, readBase } from './target.ts';

const SECRET = 'aB3'.repeat(11).slice(0, 32);

test('a path in any writing becomes one that a router can read', () => {
  for (const [given, clean] of [
    ['/jobs/backup/start', '/jobs/backup/start'],
    ['/jobs/50%/start', '/jobs/50%25/start'],
    ['/jobs/a%20b/start', '/jobs/a%20b/start'],
    ['/jobs/a%2Fb/start', '/jobs/a%2Fb/start'],
    ['/jobs/\xd0\xb6/start', '/jobs/%D0%B6/start'],
    ['/jobs/%d0%b6/start', '/jobs/%D0%B6/start'],
    ['/jobs/%ff/start', '/jobs/%EF%BF%BD/start'],
    ['/jobs/%zz%4/start', '/jobs/%25zz%254/start'],
    ['/jobs//start', '/jobs//start'],
    [`/jobs/${'x'.repeat(5_000)}/start`, `/jobs/${'x'.repeat(300)}/start`],
  ] as const) {
    assert.equal(cleanPath(given), clean);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const clean = cleanPath(`/${text}`);
      assert.doesNotThrow(() => decodeURIComponent(clean));
      assert.equal(cleanPath(clean), clean);
    }),
  );
});

test('a base is what stands behind /in/, and nothing that only looks like it', () => {
  assert.deepEqual(readBase(`/in/${SECRET}/jobs?x=1`), { secret: SECRET, rest: '/jobs?x=1' });
  assert.deepEqual(readBase(`//in//${SECRET}//jobs`), { secret: SECRET, rest: '/jobs' });
  assert.deepEqual(readBase(`/in/${SECRET}?cronname=x`), { secret: SECRET, rest: '/?cronname=x' });
  for (const none of ['/', '/inn/x', '/info', '/api/in/x', '/?/in/x']) assert.equal(readBase(none), null, none);
  for (const wrong of ['/in', '/in/', '/in?x', '/in/-/jobs', `/in/${SECRET}x/jobs`]) {
    assert.equal(readBase(wrong)?.secret, null, wrong);
  }
});

test('nobody reaches an open place from outside, or a place of a dialect by its inner name', () => {
  const target = (url: string, open = DIALECTS) => dialectTarget({ url, method: 'GET', headers: {} }, DIALECTS, open);
  assert.equal(target('/jobs'), '/in/-/cronflow/jobs');
  assert.equal(target('/jobs', []), '/jobs');
  assert.equal(target(`/in/${SECRET}/jobs`, []), `/in/${SECRET}/cronflow/jobs`);
  assert.equal(target('/api/v1/monitors'), '/api/v1/monitors');
  for (const url of [
    '/in/-/cronflow/jobs',
    '/in/-/jobs',
    `/in/${SECRET}/cronflow/jobs`,
    '//in/-//jobs',
    '/in/%2d/jobs',
  ]) {
    assert.equal(target(url), '/in', url);
  }
});
