import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useApi } from '../../../test/harness/api.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import { isoInstant } from '../../core/iso-instant.ts';
import { MAX_HISTORY_DAYS, MAX_PARTS } from './monitor-history.ts';

const api = useApi();

interface Part {
  readonly from: string;
  readonly outcome: string | null;
  readonly good: number;
  readonly failed: number;
  readonly missed: number;
  readonly median_seconds: number | null;
  readonly down_seconds: number;
}

async function scene(kind: 'heartbeat' | 'process') {
  const team = await api.team();
  const schedule = { type: 'period', seconds: 3_600 };
  const grace = kind === 'heartbeat' ? { grace_seconds: 60 } : {};
  const { json, text } = await team.call('POST', '/api/v1/monitors', { kind, name: 'job', schedule, ...grace });
  assert.ok(json.id, text);
  return { team, id: json.id as string, key: json.ping_url.split('/').at(-1) as string, from: api.clock.now() };
}

const address = (id: string, from: number, to: number, parts?: number) =>
  `/api/v1/monitors/${id}/history?from=${isoInstant(from)}&to=${isoInstant(to)}${parts === undefined ? '' : `&parts=${parts}`}`;

describe('the history of a monitor', () => {
  test('has the results of each part of the time, and how long they took', async () => {
    const { team, id, key, from } = await scene('heartbeat');
    api.clock.advance(10 * MINUTE_MS);
    await api.ping(key, { kind: 'start' });
    api.clock.advance(2 * MINUTE_MS);
    await api.ping(key);
    api.clock.advance(58 * MINUTE_MS);
    await api.ping(key);
    api.clock.advance(MINUTE_MS);
    await api.ping(key, { kind: 'fail' });
    api.clock.advance(HOUR_MS);
    const { status, json } = await team.call('GET', address(id, from, from + 4 * HOUR_MS, 4));
    assert.equal(status, 200);
    assert.equal(json.usual_seconds, 120);
    const parts = json.parts as readonly Part[];
    assert.deepEqual(
      parts.map((part) => [part.outcome, part.good, part.failed, part.median_seconds]),
      [
        ['success', 1, 0, 120],
        ['fail', 1, 1, null],
        ['down', 0, 0, null],
        [null, 0, 0, null],
      ],
    );
    assert.equal(parts[1]?.from, isoInstant(from + HOUR_MS));
    assert.deepEqual([parts[1]?.down_seconds, parts[2]?.down_seconds], [49 * 60, 11 * 60]);
  });

  test('of a process counts its runs, where each ended', async () => {
    const { team, id, key, from } = await scene('process');
    api.clock.advance(50 * MINUTE_MS);
    await api.ping(key, { kind: 'start', runId: 'a' });
    api.clock.advance(20 * MINUTE_MS);
    await api.ping(key, { runId: 'a' });
    api.clock.advance(42 * MINUTE_MS);
    await api.ping(key, { kind: 'start', runId: 'b' });
    const { json } = await team.call('GET', address(id, from, from + 2 * HOUR_MS, 6));
    const parts = json.parts as readonly Part[];
    const nothing = [null, 0, null];
    assert.deepEqual(
      parts.map((part) => [part.outcome, part.good, part.median_seconds]),
      [nothing, nothing, nothing, ['success', 1, 1_200], nothing, ['running', 0, null]],
    );
  });

  test('asks for a time that there is, of a length that can be shown', async () => {
    const { team, id, from } = await scene('heartbeat');
    const day = await team.call('GET', address(id, from, from + DAY_MS));
    assert.equal(day.json.parts.length, 90);
    const wrong = [
      address(id, from, from),
      address(id, from, from + (MAX_HISTORY_DAYS + 1) * DAY_MS),
      address(id, from, from + DAY_MS, MAX_PARTS + 1),
      address(id, from, from + DAY_MS, 0),
      `/api/v1/monitors/${id}/history?from=${isoInstant(from)}`,
      `/api/v1/monitors/${id}/history?from=yesterday&to=today`,
    ];
    for (const path of wrong) {
      const { status, json } = await team.call('GET', path);
      assert.deepEqual([status, json.code], [400, 'invalid_request'], path);
    }
    const stranger = await api.team();
    assert.equal((await stranger.call('GET', address(id, from, from + DAY_MS))).status, 404);
  });
});
