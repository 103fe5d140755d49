import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Caller } from '../../../test/harness/api.ts';
import { useApi } from '../../../test/harness/api.ts';
import { testLogger } from '../../../test/harness/postgres.ts';
import { waitFor } from '../../../test/harness/wait-for.ts';
import { insertStatusChanges } from '../../store/history.ts';
import { createStreams, MAX_STREAMS_PER_TEAM, MAX_UNREAD_BYTES, PULSE_MS } from '../live/streams.ts';

const api = useApi();
let listening: Promise<number> | null = null;

interface Heard {
  readonly type: string;
  readonly id: string;
  readonly monitor_id: string | null;
}

/** Opens the stream of a team over a real connection and gathers what it says. */
async function listen(team: Caller) {
  listening ??= api.listen();
  const port = await listening;
  const stop = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
    headers: { authorization: `Bearer ${team.readKey}` },
    signal: stop.signal,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  let text = '';
  let isOver = false;
  const reading = (async () => {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
    isOver = true;
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const events = () =>
    [...text.matchAll(/event: change\ndata: (.+)\n\n/g)].map((match) => JSON.parse(match[1] ?? '') as Heard);
  return {
    events,
    text: () => text,
    isOver: () => isOver,
    async heard(what: string, is: (event: Heard) => boolean) {
      const event = await waitFor(what, () => events().find(is));
      assert.ok(event);
      return event;
    },
    async close() {
      stop.abort();
      await reading;
    },
  };
}

async function heartbeat(team: Caller, name = 'backup', more: Record<string, unknown> = {}) {
  const body = { kind: 'heartbeat', name, schedule: { type: 'period', seconds: 3_600 }, ...more };
  const { json, status, text } = await team.call('POST', '/api/v1/monitors', body);
  assert.equal(status, 201, text);
  return { ...json, key: json.ping_url.split('/').at(-1) } as { id: string; key: string } & Record<string, never>;
}

describe('the event stream', () => {
  test('says what changed in the team, and nothing of others', async () => {
    const [team, stranger] = [await api.team('a'), await api.team('b')];
    const old = await heartbeat(team, 'old');
    const [own, theirs] = [await listen(team), await listen(stranger)];
    assert.match(own.text(), /^retry: \d+\n/);
    const channel = await team.call('POST', '/api/v1/channels', {
      kind: 'webhook',
      name: 'ops',
      config: { url: 'http://127.0.0.1:9/hook' },
    });
    await own.heard('the channel', ({ type, id }) => type === 'channel' && id === channel.json.id);
    const monitor = await heartbeat(team);
    await own.heard('the monitor', ({ type, id }) => type === 'monitor' && id === monitor.id);
    await api.ping(monitor.key, { kind: 'fail' });
    const incident = await own.heard('the incident', ({ type }) => type === 'incident');
    assert.equal(incident.monitor_id, monitor.id);
    await own.heard('its delivery', ({ type }) => type === 'delivery');
    await own.heard('the signal', ({ type, monitor_id: id }) => type === 'signal' && id === monitor.id);
    const second = await heartbeat(stranger, 'theirs');
    await theirs.heard('their monitor', ({ type, id }) => type === 'monitor' && id === second.id);
    assert.ok(theirs.events().every(({ id, monitor_id: of }) => id === second.id || of === second.id));
    assert.ok(own.events().every(({ id, monitor_id: of }) => id !== old.id && of !== old.id));
    await Promise.all([own.close(), theirs.close()]);
  });

  test('hears what another connection commits late, and each thing once', async (t) => {
    const streams = createStreams({ database: api.database, clock: api.clock, logger: testLogger });
    t.after(() => streams.stop());
    const team = await api.team();
    const monitors = await Promise.all(['one', 'two'].map((name) => heartbeat(team, name)));
    const [slow, quick] = monitors.map(({ id }) => id) as [string, string];
    const stream = await streams.open(team.teamId);
    assert.ok(typeof stream !== 'string');
    let text = '';
    stream.on('data', (piece) => {
      text += piece;
    });
    const times = (id: string) => text.split(`"monitor","id":"${id}"`).length - 1;
    const at = api.clock.now();
    const note = (monitorId: string) => [{ monitorId, at, status: 'up' as const }];
    await api.database.transaction(async (tx) => {
      await insertStatusChanges(tx, note(slow));
      await api.database.transaction((other) => insertStatusChanges(other, note(quick)));
      await waitFor('the quick one', () => times(quick) > 0);
      assert.equal(times(slow), 0);
    });
    await waitFor('the slow one', () => times(slow) > 0);
    const last = await heartbeat(team, 'last');
    await waitFor('the last one', () => times(last.id) > 0);
    assert.deepEqual([times(slow), times(quick)], [1, 1]);
  });

  test('tells that a monitor became late, and shows every 15 s that it is alive', async () => {
    const team = await api.team();
    const monitor = await heartbeat(team, 'late', { schedule: { type: 'period', seconds: 60 }, grace_seconds: 3_600 });
    await api.ping(monitor.key);
    const stream = await listen(team);
    api.clock.advance(60_000);
    await stream.heard('lateness', ({ type, id }) => type === 'monitor' && id === monitor.id);
    await waitFor('a pulse', () => stream.text().includes('\n:\n'));
    assert.ok(PULSE_MS <= 15_000);
    await stream.close();
  });

  test('is bounded: too many are refused, a slow reader is closed, a stop ends them all', async (t) => {
    const streams = createStreams({ database: api.database, clock: api.clock, logger: testLogger });
    t.after(() => streams.stop());
    const team = await api.team();
    const opened = await Promise.all(Array.from({ length: MAX_STREAMS_PER_TEAM }, () => streams.open(team.teamId)));
    assert.equal(streams.size, MAX_STREAMS_PER_TEAM);
    assert.equal(await streams.open(team.teamId), 'team_full');
    const [slow, ...others] = opened;
    assert.ok(slow !== undefined && typeof slow !== 'string');
    for (const other of others) if (typeof other !== 'string') other.destroy();
    await waitFor('the others to leave', () => streams.size === 1);
    // Nobody reads it: what is told of the monitors below piles up.
    slow.push('x'.repeat(MAX_UNREAD_BYTES));
    await heartbeat(team);
    await waitFor('the slow one to be closed', () => slow.destroyed);
    assert.equal(streams.size, 0);
    const last = await streams.open(team.teamId);
    assert.ok(typeof last !== 'string');
    const ended = new Promise((resolve) => last.once('end', resolve));
    last.resume();
    await streams.stop();
    await ended;
    assert.equal(await streams.open(team.teamId), 'full');
  });
});
