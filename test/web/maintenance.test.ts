/** What the dashboard's form of a maintenance makes of what people type, and which monitors one is about. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Covered,
  isCovered,
  type Maintenance,
  maintenanceOf,
  nextMaintenanceOf,
  stateOf,
  untilNextTurn,
} from '../../web/src/api/maintenance-facts.ts';
import { en } from '../../web/src/language/en/maintenance.ts';
import { instantOfWall, wallTime } from '../../web/src/lib/wall-time.ts';
import {
  besideFields,
  bodyOf,
  checkDraft,
  draftOf,
  emptyDraft,
  type MaintenanceDraft,
  startingAt,
  withLength,
} from '../../web/src/pages/maintenance/draft.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 21, 12, 1);
const BERLIN = 'Europe/Berlin';

const check = (draft: MaintenanceDraft) => checkDraft(draft, en.form, 'needed', NOW);
const filled = (more: Partial<MaintenanceDraft> = {}): MaintenanceDraft => ({
  ...emptyDraft(BERLIN, NOW),
  name: ' patch night ',
  tags: ['linux'],
  ...more,
});

describe('the clock of a zone', () => {
  test('reads and writes times, also where clocks are changed', () => {
    for (const zone of ['UTC', BERLIN, 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia']) {
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 17 * HOUR_MS) {
        assert.equal(instantOfWall(wallTime(at, zone), zone), at, `${zone} ${at}`);
      }
    }
  });

  test('takes the first of two, and goes on where an hour is left out', () => {
    assert.equal(instantOfWall('2026-10-25T02:30', BERLIN), Date.UTC(2026, 9, 25, 0, 30));
    assert.equal(instantOfWall('2026-03-29T02:30', BERLIN), Date.UTC(2026, 2, 29, 1, 30));
    assert.equal(instantOfWall('', BERLIN), null);
    assert.equal(instantOfWall('tomorrow', BERLIN), null);
  });
});

describe('the form of a maintenance', () => {
  test('begins with the next hour from a time that a person would type', () => {
    const { from, to } = emptyDraft(BERLIN, NOW);
    assert.deepEqual([from, to], ['2026-11-21T13:05', '2026-11-21T14:05']);
  });

  test('sends one that comes once as instants', () => {
    const draft = filled();
    assert.deepEqual(check(draft), {});
    assert.deepEqual(bodyOf(draft), {
      name: 'patch night',
      once: { from: '2026-11-21T12:05:00.000Z', to: '2026-11-21T13:05:00.000Z' },
      all: false,
      monitors: [],
      tags: ['linux'],
      sites: [],
    });
  });

  test('sends one that repeats as a schedule and a length, in words of either language', () => {
    for (const [schedule, length] of [
      ['every saturday at 2', '90 min'],
      ['каждую субботу в 2', '1,5 ч'],
      ['0 2 * * 6', '90'],
    ] as const) {
      const draft = filled({ kind: 'repeat', schedule, length, all: true });
      assert.deepEqual(check(draft), {}, schedule);
      assert.deepEqual(bodyOf(draft), {
        name: 'patch night',
        repeat: { schedule: { type: 'cron', expression: '0 2 * * 6', timezone: BERLIN }, duration_seconds: 5_400 },
        all: true,
        monitors: [],
        tags: [],
        sites: [],
      });
    }
  });

  test('says beside each field what is wrong with it', () => {
    const wrong: readonly (readonly [Partial<MaintenanceDraft>, string])[] = [
      [{ name: ' ' }, 'name'],
      [{ tags: [] }, 'which'],
      [{ from: '' }, 'from'],
      [{ to: '' }, 'to'],
      [{ to: '2026-11-21T13:05' }, 'to'],
      [{ to: '2027-03-01T13:05' }, 'to'],
      [{ from: '2026-11-20T13:05', to: '2026-11-20T14:05' }, 'to'],
      [{ zone: 'Mars/Olympus' }, 'zone'],
      [{ kind: 'repeat' }, 'schedule'],
      [{ kind: 'repeat', schedule: 'every 5 minutes' }, 'schedule'],
      [{ kind: 'repeat', schedule: '@daily', length: '8 d' }, 'length'],
      [{ kind: 'repeat', schedule: '@daily', length: 'long' }, 'length'],
      [{ kind: 'repeat', schedule: '@daily', zone: '' }, 'zone'],
    ];
    for (const [part, field] of wrong)
      assert.deepEqual(Object.keys(check(filled(part))), [field], JSON.stringify(part));
  });

  test('puts what the server says beside the field that it is about', () => {
    const beside = besideFields([
      { field: 'once.to', message: 'a' },
      { field: 'repeat.schedule.expression', message: 'b' },
      { field: 'monitors.3', message: 'c' },
    ]);
    assert.deepEqual(beside, { to: 'a', schedule: 'b', which: 'c' });
    assert.equal(besideFields([{ field: '', message: 'a team has at most 200' }]), null);
  });

  test('keeps the length when it begins now, and takes another one by a press', () => {
    const moved = startingAt(filled({ to: '2026-11-21T16:05' }), NOW + 30_000);
    assert.deepEqual([moved.from, moved.to], ['2026-11-21T13:01', '2026-11-21T16:01']);
    assert.equal(withLength(moved, 8 * HOUR_MS).to, '2026-11-21T21:01');
  });

  test('shows one so that it means the same when it is saved again', () => {
    const schedule = { type: 'cron', expression: '0 2 * * 6', timezone: 'Asia/Tokyo', description: '' } as const;
    const repeat = { schedule, duration_seconds: 5_400 };
    const body = bodyOf(draftOf({ ...ONE, once: null, repeat }, BERLIN, NOW));
    assert.deepEqual(body?.repeat, {
      schedule: { type: 'cron', expression: '0 2 * * 6', timezone: 'Asia/Tokyo' },
      duration_seconds: 5_400,
    });
    assert.deepEqual(bodyOf(draftOf(ONE, BERLIN, NOW))?.once, ONE.once);
  });
});

const ONE: Maintenance = {
  id: 'one',
  name: 'patch night',
  once: { from: '2026-11-21T12:00:00.000Z', to: '2026-11-21T14:00:00.000Z' },
  repeat: null,
  all: false,
  monitors: [],
  tags: ['linux'],
  sites: [],
  active_until: '2026-11-21T14:00:00.000Z',
  next_at: null,
  ended_at: null,
};

const monitor = (id: string, more: Partial<Covered> = {}): Covered => ({ id, tags: [], site_id: null, ...more });
const site = { id: 'site', gateway_monitor_id: 'gateway' };

describe('which monitors a maintenance is about', () => {
  test('all, those named, those with a tag, those behind a site, and its gateway', () => {
    const what = { all: false, monitors: ['named'], tags: ['linux'], sites: ['site'] };
    const about = [
      monitor('named'),
      monitor('tagged', { tags: ['web', 'linux'] }),
      monitor('behind', { site_id: 'site' }),
      monitor('gateway'),
    ];
    for (const each of about) assert.equal(isCovered(what, each, [site]), true, each.id);
    const other = monitor('other', { tags: ['web'], site_id: 'elsewhere' });
    assert.equal(isCovered(what, other, [site]), false);
    assert.equal(isCovered({ ...what, all: true }, other, []), true);
  });

  test('of several under way the last to end is told, and of those to come the first', () => {
    const list = [
      ONE,
      { ...ONE, id: 'longer', active_until: '2026-11-21T15:00:00.000Z' },
      { ...ONE, id: 'next', active_until: null, next_at: '2026-11-22T01:00:00.000Z' },
      { ...ONE, id: 'later', active_until: null, next_at: '2026-11-22T02:00:00.000Z' },
    ];
    const own = monitor('own', { tags: ['linux'] });
    assert.equal(maintenanceOf(own, list, [], NOW)?.id, 'longer');
    assert.equal(maintenanceOf(own, list, [], NOW + 3 * HOUR_MS), null, 'over by the clock, whatever was read before');
    assert.equal(maintenanceOf(monitor('other'), list, [], NOW), null);
    assert.equal(nextMaintenanceOf(own, list, [], NOW + 24 * HOUR_MS)?.id, 'next');
    assert.equal(nextMaintenanceOf(own, list, [], NOW), null);
  });

  test('it is under way, planned or over, and looked at anew when that changes', () => {
    const end = Date.parse('2026-11-21T14:00:00.000Z');
    const planned = { ...ONE, active_until: null, next_at: '2026-11-22T01:00:00.000Z' };
    assert.deepEqual([stateOf(ONE, NOW), stateOf(ONE, end), stateOf(planned, NOW)], ['active', 'over', 'planned']);
    assert.equal(untilNextTurn([ONE, planned], end - 20_000), 20_000);
    assert.equal(untilNextTurn([ONE], end), 60_000);
    assert.equal(untilNextTurn([], NOW), 60_000);
  });
});
