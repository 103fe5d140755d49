/** What the dashboard's list makes of monitors and their results, and what it hears of changes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { createEventParser } from '../../web/src/api/event-parser.ts';
import type { Beat, MonitorRow } from '../../web/src/api/types.ts';
import { percentile, usualBand } from '../../web/src/pages/monitors/run-numbers.ts';
import { snippetsOf } from '../../web/src/pages/monitors/snippets.ts';
import { barsOf, lastLength, usualSeconds } from '../../web/src/pages/overview/beats.ts';
import { countStatuses, createFilter, readFilters, sortMonitors } from '../../web/src/pages/overview/filters.ts';

const base = { kind: 'heartbeat', slug: null, tags: [], description: '', late: false, site_id: null };

function monitor(name: string, more: Partial<MonitorRow> = {}): MonitorRow {
  const own = { id: name, name, status: 'up', next_expected_at: null, last_signal_at: null };
  return { ...base, ...own, ...more } as MonitorRow;
}

const names = (monitors: readonly MonitorRow[]) => monitors.map(({ name }) => name);

describe('the list', () => {
  const all = [
    monitor('zebra', { tags: ['prod'] }),
    monitor('job 10', { status: 'paused' }),
    monitor('job 9', { late: true, next_expected_at: '2026-11-21T02:00:00.000Z' }),
    monitor('backup', { status: 'down', tags: ['prod', 'db'], last_signal_at: '2026-11-21T01:00:00.000Z' }),
    monitor('Apple', { status: 'new', kind: 'process', description: 'a thing for prod' }),
  ];

  test('has those that are down first, then the late ones, then the rest by name', () => {
    assert.deepEqual(names(sortMonitors(all, 'status')), ['backup', 'job 9', 'Apple', 'job 10', 'zebra']);
    assert.deepEqual(names(sortMonitors(all, 'name')), ['Apple', 'backup', 'job 9', 'job 10', 'zebra']);
    assert.equal(sortMonitors(all, 'next')[0]?.name, 'job 9');
    assert.equal(sortMonitors(all, 'last')[0]?.name, 'backup');
  });

  test('counts a late one as late and as nothing else', () => {
    assert.deepEqual(countStatuses(all), { up: 1, down: 1, late: 1, new: 1, paused: 1 });
  });

  test('shows what all filters of the address let through', () => {
    const shown = (search: Record<string, unknown>) => names(all.filter(createFilter(readFilters(search))));
    assert.deepEqual(shown({}), names(all));
    assert.deepEqual(shown({ status: 'down,late' }), ['job 9', 'backup']);
    assert.deepEqual(shown({ tag: 'prod,db' }), ['backup']);
    assert.deepEqual(shown({ kind: 'process' }), ['Apple']);
    assert.deepEqual(shown({ q: 'PROD thing' }), ['Apple']);
    assert.deepEqual(shown({ q: 10 }), ['job 10'], 'the router reads numbers as numbers');
    assert.deepEqual(readFilters({ q: '', status: ['x'], other: 'x' }), {});
  });
});

describe('the strip of results', () => {
  const beat = (outcome: Beat['outcome'], seconds: number | null): Beat => ({
    at: '2026-11-21T02:00:00.000Z',
    outcome,
    duration_seconds: seconds,
    exit_status: null,
    first_line: null,
  });

  test('measures a run against the median of the good ones', () => {
    const beats = [
      beat('success', 10),
      beat('success', 30),
      beat('success', 20),
      beat('fail', 500),
      beat('missed', null),
    ];
    assert.equal(usualSeconds(beats), 20);
    assert.equal(usualSeconds([beat('success', 10), beat('success', 20)]), 15);
    const [short, long, usual, failed] = barsOf(beats).map(({ share }) => share);
    assert.ok((short ?? 0) < (usual ?? 0) && (usual ?? 0) < (long ?? 0));
    assert.equal(failed, 1, 'never higher than the strip');
    assert.equal(lastLength([...beats, beat('running', 3)]), 500, 'what runs has no length yet');
  });

  test('knows no usual length where none was measured', () => {
    assert.equal(usualSeconds([beat('success', null)]), null);
    assert.ok(barsOf([beat('success', null), beat('unknown', null)]).every(({ share }) => share > 0));
  });

  test('the usual band needs five good runs', () => {
    const run = (seconds: number) => ({ state: 'succeeded', duration_seconds: seconds }) as never;
    assert.equal(usualBand([1, 2, 3, 4].map(run)), null);
    assert.deepEqual(usualBand([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(run)), { low: 10, high: 90 });
    assert.equal(percentile([10, 20], 0.5), 15);
  });
});

test('events come out whole however the stream was cut', () => {
  const stream =
    ': hello\n\nevent: change\ndata: {"type":\ndata: "monitor"}\n\nevent: other\r\ndata: x\r\n\r\nevent: change\ndata: late';
  for (const size of [1, 7, stream.length]) {
    const heard: string[] = [];
    const parse = createEventParser((name, data) => heard.push(`${name} ${data}`));
    for (let at = 0; at < stream.length; at += size) parse(stream.slice(at, at + size));
    assert.deepEqual(heard, ['change {"type":\n"monitor"}', 'other x'], `in pieces of ${size}`);
  }
});

describe('the lines to copy', () => {
  const url = 'https://watch.example/ping/0a800b6d-b32a-40ad-81b7-cc865efd2824';
  const schedule = { type: 'cron', expression: '0 2 * * *', timezone: 'UTC', description: '' } as const;

  for (const kind of ['heartbeat', 'process'] as const) {
    const lines = new Map(snippetsOf({ kind, schedule }, url).map(({ id, text }) => [id, text]));

    test(`of a ${kind} call its own URL, and its start where there is one to call`, () => {
      for (const [id, text] of lines) {
        assert.ok(text.includes(url), id);
        if (id !== 'wrapper') assert.equal(/\/start\b/.test(text), kind === 'process', id);
      }
    });

    test(`of a ${kind} are shell where they say so`, () => {
      for (const id of ['bash', 'docker']) execFileSync('sh', ['-n'], { input: lines.get(id) });
      execFileSync('sh', ['-n'], { input: lines.get('crontab')?.replace('0 2 * * * ', '') });
    });

    test(`of a ${kind} are a script that Node takes`, () => {
      const script = `async function job() {}\nasync function main() {\n${lines.get('node')}\n}`;
      execFileSync(process.execPath, ['--check', '-'], { input: script });
    });
  }
});
