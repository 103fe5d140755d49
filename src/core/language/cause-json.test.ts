import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../cause.ts';
import { causeToJson, MAX_BLIND_TIMES_IN_JSON } from './cause-json.ts';

const NOW = Date.parse('2026-11-12T23:10:00Z');

const overran: Cause = {
  code: 'overran',
  data: {
    lastSuccessAt: null,
    timezone: 'Europe/Moscow',
    blind: [{ from: NOW - 600_000, to: NOW - 500_000 }],
    startedAt: NOW - 7_500_000,
    runId: 'r-1',
    runningMs: 7_500_250,
    limit: { by: 'learned', limitMs: 3_073_456, usualMs: 1_800_000 },
    foundLateMs: null,
  },
};

test('a cause in JSON has snake_case keys, RFC 3339 instants, seconds, and its sentence', () => {
  assert.deepEqual(causeToJson(overran, 'en', 'UTC', NOW), {
    code: 'overran',
    data: {
      last_success_at: null,
      timezone: 'Europe/Moscow',
      blind: [{ from: '2026-11-12T23:00:00.000Z', to: '2026-11-12T23:01:40.000Z' }],
      started_at: '2026-11-12T21:05:00.000Z',
      run_id: 'r-1',
      running_seconds: 7_500.25,
      limit: { by: 'learned', limit_seconds: 3_073.456, usual_seconds: 1_800 },
      found_late_seconds: null,
    },
    text: 'usually 30 min, running for 2 h 05 min (learned limit 51 min), started at 00:05:00 Europe/Moscow, never yet succeeded; we were blind 02:00:00–02:01:40',
  });
});

test('a cause in JSON lists the latest blind times only', () => {
  const blind = Array.from({ length: 500 }, (_, index) => ({ from: index * 1_000, to: index * 1_000 + 1 }));
  const { data } = causeToJson({ ...overran, data: { ...overran.data, blind } }, 'ru', 'UTC', NOW);
  const listed = (data as { readonly blind: readonly { readonly from: string }[] }).blind;
  assert.equal(listed.length, MAX_BLIND_TIMES_IN_JSON);
  assert.equal(listed.at(-1)?.from, '1970-01-01T00:08:19.000Z');
});
