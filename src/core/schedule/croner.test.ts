import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cron } from 'croner';
import fc from 'fast-check';
import { readSchedule } from './schedule.ts';
import { cronClock, cronDays, zoneAndInstant } from './testing/arbitraries.ts';

/** Zones whose skipped hour ends at midnight (croner drops the slot) or whose clock jumped by three hours and more. */
const KNOWN_DIFFERENCES = new Set([
  'America/Godthab',
  'America/Scoresbysund',
  'Antarctica/Casey',
  'Asia/Dhaka',
  'Asia/Pyongyang',
  'Pacific/Apia',
  'Pacific/Fakaofo',
]);
/** croner knows no `L-3` and takes `LW` only alone. */
const ONLY_OURS = /L-|LW,|,LW/;
const HORIZON = Date.UTC(2060, 0, 1);
const RUNS = 4;

test('another engine, croner 11.0.1 with fixedTimeRule no-wildcard, gives the same next runs', () => {
  fc.assert(
    fc.property(zoneAndInstant, cronClock, cronDays, ({ zone, from }, { minute, hour }, days) => {
      const expression = `${minute.text} ${hour.text} ${days.text}`;
      if (KNOWN_DIFFERENCES.has(zone) || ONLY_OURS.test(expression)) return;
      const cron = new Cron(expression, { timezone: zone, mode: '5-part', fixedTimeRule: 'no-wildcard' });
      const read = readSchedule({ type: 'cron', expression, timezone: zone });
      assert.ok(read.ok);
      let ref = from;
      for (let run = 0; run < RUNS; run += 1) {
        const theirs: number | null = cron.nextRun(new Date(ref))?.getTime() ?? null;
        const ours: number | null = read.schedule.slotAfter(ref)?.at ?? null;
        if ((theirs ?? HORIZON) >= HORIZON && (ours ?? HORIZON) >= HORIZON) return;
        assert.equal(ours, theirs, `${expression} in ${zone} after ${new Date(ref).toISOString()}`);
        ref = ours ?? HORIZON;
      }
    }),
    { numRuns: 400 },
  );
});
