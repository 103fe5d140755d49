import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  at,
  clockOf,
  dailyAtOne,
  everySeconds,
  expects,
  fixed,
  heartbeat,
  is,
  process,
  Watch,
} from '../../test/core/fixtures.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './instant.ts';
import type { ParsedSchedule, Slot } from './schedule/types.ts';
import { earlyMs, MAX_COUNTED_SLOTS } from './slots.ts';

// RULES §1: slots, early, clock changes, slots missed while down; promise 5.

const daily = { schedule: dailyAtOne, intervalMs: DAY_MS };

describe('early', () => {
  it('is a tenth of the interval, a minute at the most, and nothing without a schedule', () => {
    assert.equal(earlyMs({ intervalMs: 60_000 }), 6_000);
    assert.equal(earlyMs({ intervalMs: 600_000 }), 60_000);
    assert.equal(earlyMs({ intervalMs: DAY_MS }), 60_000);
    assert.equal(earlyMs({ intervalMs: null }), 0);
  });
});

describe('a success', () => {
  it('takes its slot 60 s before it, and not a moment sooner', () => {
    const early = new Watch(heartbeat(), true);
    early.success(at('00:59'));
    expects(early, at('02:00'));
    const tooEarly = new Watch(heartbeat(), true);
    tooEarly.success(at('00:58:59.999'));
    expects(tooEarly, at('01:00'));
  });

  it('at 00:59:58 for a job due at 01:00 is not called missing at 01:05', () => {
    const watch = new Watch(heartbeat(daily), true);
    watch.success(at('00:59:58'));
    watch.wake(at('01:06'));
    is(watch, 'up', at('01:05', 1));
  });

  it('takes the slot just ahead also when it is the first signal of all', () => {
    const watch = new Watch(heartbeat(daily));
    watch.success(at('00:59:58'));
    expects(watch, at('01:00', 1));
  });

  it('takes the slot just ahead also when the one before was never filled, within a long grace', () => {
    const watch = new Watch(heartbeat({ ...daily, graceSeconds: 86_400 }), true);
    watch.success(at('00:59:58', 1));
    expects(watch, at('01:00', 2));
    watch.success(at('01:00:10', 2));
    watch.wake(at('01:00:20', 2));
    assert.deepEqual(watch.incidents(), []);
  });

  it('takes the slot just ahead when it ends an incident', () => {
    const watch = new Watch(heartbeat(daily), true);
    watch.wake(at('02:00'));
    watch.success(at('00:59:58', 1));
    watch.wake(at('02:00', 1));
    is(watch, 'up', at('01:05', 2));
  });

  it('twice for the same slot moves nothing further', () => {
    const watch = new Watch(heartbeat(), true);
    watch.success(at('00:59:30'));
    watch.success(at('00:59:40'));
    watch.success(at('01:00:10'));
    expects(watch, at('02:00'));
  });

  it('counts a period from itself, or from its slot when it came early', () => {
    const watch = new Watch(heartbeat(everySeconds(3600)), true);
    watch.success(at('00:30'));
    expects(watch, at('01:30'), at('01:35'));
    watch.success(at('01:33'));
    expects(watch, at('02:33'));
    watch.success(at('02:32:10'));
    expects(watch, at('03:33'));
  });

  it('takes the slot of its start, where one is known', () => {
    const watch = new Watch(heartbeat({ graceSeconds: 1800 }), true);
    watch.start(at('00:59:58'));
    watch.success(at('01:20'));
    expects(watch, at('02:00'));
    const soon = new Watch(heartbeat({ graceSeconds: 1800 }), true);
    soon.start(at('00:40'));
    soon.success(at('00:59:58'));
    expects(soon, at('01:00'));
  });

  it('of a run that had ended before counts from itself', () => {
    const watch = new Watch(heartbeat(daily), true);
    watch.start(at('01:00'), { rid: 'always the same' });
    watch.success(at('01:01'), { rid: 'always the same' });
    watch.success(at('00:59:58', 1), { rid: 'always the same' });
    expects(watch, at('01:00', 2));
  });

  it('of a run that went on through further slots expects the first one after itself', () => {
    const watch = new Watch(heartbeat({ graceSeconds: 7200 }), true);
    watch.start(at('01:00'));
    watch.success(at('02:40'));
    expects(watch, at('03:00'));
  });
});

describe('a process', () => {
  it('takes its slot by its start, also a little early', () => {
    const watch = new Watch(process(), true);
    watch.start(at('00:59:10'));
    expects(watch, at('02:00'), at('02:05'));
    watch.success(at('01:20'));
    expects(watch, at('02:00'));
  });

  it('that ends after its next slot expects the first one after that, and the slot between is noted', () => {
    const watch = new Watch(process({ maxRunSeconds: 7200 }), true);
    watch.start(at('01:00'));
    watch.success(at('02:03'));
    expects(watch, at('03:00'));
    const [note] = watch.all('note_slot');
    assert.equal(note?.note, 'skipped_running');
    assert.equal(note?.slotAt, at('02:00'));
  });

  it('that ends just before a slot, with an older one still open, leaves that slot to the next start as well', () => {
    const watch = new Watch(process({ maxRunSeconds: 7200, startGraceSeconds: 7200 }), true);
    watch.start(at('00:30'));
    watch.success(at('01:59:58'));
    expects(watch, at('02:00'));
  });

  it('that ends just before its next slot leaves that slot to the next start', () => {
    const watch = new Watch(process({ maxRunSeconds: 7200 }), true);
    watch.start(at('01:00'));
    watch.success(at('01:59:58'));
    expects(watch, at('02:00'), at('02:05'));
  });
});

describe('a clock change', () => {
  /** 01:30 local, which comes twice on day 1: at 00:30 and at 01:30 UTC. */
  const autumn: ParsedSchedule = {
    source: { type: 'cron', expression: '30 1 * * *', timezone: 'Europe/London' },
    slotAfter(ref): Slot {
      const twice = { at: at('00:30', 1), latestAt: at('01:30', 1) };
      if (ref < at('00:30')) return { at: at('00:30'), latestAt: at('00:30') };
      return ref < twice.at ? twice : { at: at('01:30', 2), latestAt: at('01:30', 2) };
    },
  };

  it('with a repeated hour: E is the first occurrence, D counts from the second', () => {
    const watch = new Watch(heartbeat({ schedule: autumn, intervalMs: DAY_MS }));
    watch.success(at('00:31'));
    expects(watch, at('00:30', 1), at('01:35', 1));
  });

  it('with a repeated hour: either occurrence takes the slot', () => {
    for (const time of ['00:30:10', '01:30:10']) {
      const watch = new Watch(heartbeat({ schedule: autumn, intervalMs: DAY_MS }));
      watch.success(at('00:31'));
      watch.success(at(time, 1));
      expects(watch, at('01:30', 2));
      is(watch, 'up');
    }
  });
});

describe('a schedule without a further slot', () => {
  it('expects nothing more, and nothing is missed', () => {
    const once: ParsedSchedule = {
      source: { type: 'oncalendar', expression: '2026-01-05 01:00', timezone: 'UTC' },
      slotAfter: (ref) => (ref < at('01:00') ? { at: at('01:00'), latestAt: at('01:00') } : null),
    };
    const watch = new Watch(heartbeat({ schedule: once }), true);
    watch.success(at('01:00'));
    is(watch, 'up', null);
    watch.wake(at('01:00', 300));
    is(watch, 'up', null);
  });
});

describe('slots missed while down', () => {
  const missed = (watch: Watch) => watch.all('close_incident').map((effect) => effect.missedSlots);

  it('are those whose deadlines passed before the success', () => {
    const watch = new Watch(heartbeat(), true);
    watch.wake(at('01:06'));
    watch.success(at('04:02'));
    assert.deepEqual(missed(watch), [3]);
  });

  it('are counted after a fail opened the incident, too', () => {
    const watch = new Watch(heartbeat(), true);
    watch.fail(at('01:00'));
    watch.success(at('04:02'));
    assert.deepEqual(missed(watch), [2]);
  });

  it('leave out the slot that a fail took in between', () => {
    const watch = new Watch(heartbeat(), true);
    watch.wake(at('01:06'));
    watch.fail(at('03:02'));
    watch.success(at('05:02'));
    assert.deepEqual(missed(watch), [3]);
  });

  it('are none when the very next slot is filled', () => {
    const watch = new Watch(heartbeat(), true);
    watch.fail(at('01:00'));
    watch.success(at('02:01'));
    assert.deepEqual(missed(watch), [0]);
  });

  it('are counted up to a bound', () => {
    const watch = new Watch(heartbeat({ schedule: fixed(MINUTE_MS), intervalMs: MINUTE_MS }), true);
    watch.wake(at('00:30'));
    watch.success(at('00:30', 30));
    assert.deepEqual(missed(watch), [MAX_COUNTED_SLOTS]);
  });

  it('of a process end with its start', () => {
    const watch = new Watch(process(), true);
    watch.wake(at('01:06'));
    watch.start(at('03:00'));
    watch.success(at('03:10'));
    assert.deepEqual(missed(watch), [2]);
  });
});

describe('promise 5', () => {
  it('holds for the arrivals of several nodes: signal time never runs back', () => {
    const watch = new Watch(heartbeat(everySeconds(60)), true);
    watch.success(at('00:10:00.500'));
    watch.success(at('00:10:00.400'));
    assert.equal(clockOf(watch.state.lastSignalAt), '00:10:00.500');
    expects(watch, at('00:11:00.500'));
  });

  it('holds for a period shorter than the run', () => {
    const watch = new Watch(heartbeat({ ...everySeconds(60), graceSeconds: 7200 }), true);
    watch.start(at('00:00:30'));
    watch.success(at('01:00'));
    expects(watch, at('01:01'));
  });

  it('holds for a slot every hour of a whole day, whenever the signal comes', () => {
    for (let minute = 0; minute < 1440; minute += 1) {
      const watch = new Watch(heartbeat(), true);
      const now = at('00:00') + minute * MINUTE_MS;
      watch.success(now);
      assert.ok((watch.state.expectedAt ?? 0) > now, clockOf(now));
      assert.ok((watch.state.expectedAt ?? 0) <= now + HOUR_MS + MINUTE_MS, clockOf(now));
    }
  });
});
