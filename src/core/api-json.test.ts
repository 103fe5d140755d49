import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toApiJson } from './api-json.ts';

test('keys decide what a number means', () => {
  assert.deepEqual(
    toApiJson({
      graceSeconds: 300,
      limitMs: 1_500,
      foundLateMs: null,
      openedAt: 0,
      resolvedAt: null,
      from: 0,
      to: 1,
      by: 'max_run',
      nested: { startGraceSeconds: 5, list: [{ createdAt: 1_000 }] },
      isOn: true,
    }),
    {
      grace_seconds: 300,
      limit_seconds: 1.5,
      found_late_seconds: null,
      opened_at: '1970-01-01T00:00:00.000Z',
      resolved_at: null,
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:00:00.001Z',
      by: 'max_run',
      nested: { start_grace_seconds: 5, list: [{ created_at: '1970-01-01T00:00:01.000Z' }] },
      is_on: true,
    },
  );
});

test('undefined fields are left out, numbers that JSON cannot write become null', () => {
  assert.deepEqual(toApiJson({ a: undefined, b: Number.NaN, c: [Number.POSITIVE_INFINITY] }), { b: null, c: [null] });
});

test('instants out of range are written as the nearest that RFC 3339 knows', () => {
  assert.deepEqual(toApiJson({ aAt: Number.POSITIVE_INFINITY, bAt: -1e300, cAt: Number.NaN }), {
    a_at: '9999-12-31T23:59:59.999Z',
    b_at: '0001-01-01T00:00:00.000Z',
    c_at: '1970-01-01T00:00:00.000Z',
  });
});

test('what was converted already stays as it is', () => {
  const once = toApiJson({ openedAt: 5, limitMs: 7, blind: [{ from: 1, to: 2 }] });
  assert.deepEqual(toApiJson(once), once);
});

test('what is no plain data is refused', () => {
  assert.throws(() => toApiJson({ a: () => 1 }), TypeError);
  assert.throws(() => toApiJson({ a: 1n }), TypeError);
});
