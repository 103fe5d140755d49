import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clockOf, DAY_0, everySeconds, heartbeat, hourly, Watch } from '../../test/core/fixtures.ts';
import { type Outage, outagesOfPeriod, outagesOfSlots, type Story } from '../../test/core/oracle.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.ts';
import type { Monitor } from './monitor.ts';
import { earlyMs } from './slots.ts';
import { JUDGE_AFTER_MS } from './step.ts';

// The incidents of a heartbeat against an independent oracle: exactly those, at exactly those times, whether the wake
// loop is prompt, slow or absent.

/** What happens next: a success, or pings that cannot be taken for a while. Distances around an hourly slot. */
const distance = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 55 * MINUTE_MS, max: 66 * MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 10 * MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: HOUR_MS, max: 5 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.constantFrom(HOUR_MS, 65 * MINUTE_MS, 65 * MINUTE_MS + 249, 65 * MINUTE_MS + 250) },
);
const happening = fc.record({
  afterMs: distance,
  blindMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 3 * SECOND_MS, max: 10 * MINUTE_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 10 * MINUTE_MS, max: 3 * HOUR_MS }) },
  ),
  wakeLateMs: fc.constantFrom(JUDGE_AFTER_MS, JUDGE_AFTER_MS, 400, 20 * MINUTE_MS, Number.POSITIVE_INFINITY),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** The wake loop until `now`: it comes `lateMs` after each wake time, and not while the server is away. */
function wakeUntil(watch: Watch, now: number, lateMs: number): void {
  for (let wakeAt = watch.state.wakeAt; wakeAt !== null && wakeAt + lateMs <= now; wakeAt = watch.state.wakeAt) {
    const wanted = wakeAt + lateMs;
    const away = watch.gaps.findLast((gap) => gap.from <= wanted && wanted <= gap.to);
    if (away !== undefined && away.to + 1 > now) return;
    watch.wake(away === undefined ? wanted : away.to + 1);
  }
}

/** Lives through it and answers the story for the oracle. */
function live(watch: Watch, happenings: readonly Happening[]): Story {
  const pings: number[] = [];
  let now = watch.monitor.createdAt;
  for (const { afterMs, blindMs, wakeLateMs } of happenings) {
    now += afterMs;
    wakeUntil(watch, now, wakeLateMs);
    if (blindMs === 0) {
      watch.success(now);
      pings.push(now);
    } else {
      watch.gaps = [...watch.gaps, { from: now, to: now + blindMs }];
      now += blindMs + 1;
    }
  }
  now += 3 * HOUR_MS;
  wakeUntil(watch, now, JUDGE_AFTER_MS);
  watch.wake(now);
  const { createdAt, graceSeconds } = watch.monitor;
  return {
    armedAt: createdAt,
    until: now,
    graceMs: graceSeconds * SECOND_MS,
    earlyMs: earlyMs(watch.monitor),
    pings,
    gaps: watch.gaps,
  };
}

function outagesOf(watch: Watch): Outage[] {
  return watch.all('open_incident').map(({ id, openedAt }) => {
    const close = watch.all('close_incident').find((effect) => effect.id === id);
    return [openedAt, close?.resolvedAt ?? null];
  });
}

const readable = (outages: readonly Outage[]) => outages.map(([from, to]) => `${clockOf(from)} to ${clockOf(to)}`);

function agree(monitor: Monitor, oracle: (story: Story) => Outage[], numRuns: number): void {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25, size: 'max' }), (happenings) => {
      const watch = new Watch(monitor, true);
      const story = live(watch, happenings);
      assert.deepEqual(readable(outagesOf(watch)), readable(oracle(story)));
    }),
    { numRuns },
  );
}

describe('the incidents of a heartbeat are those of the oracle', () => {
  it('with fixed slots', () => {
    agree(heartbeat({ createdAt: DAY_0 }), (story) => outagesOfSlots(story, HOUR_MS), 1500);
  });

  it('with fixed slots and a grace longer than their distance', () => {
    const monitor = heartbeat({ schedule: hourly, graceSeconds: 9000, createdAt: DAY_0 + 1 });
    agree(monitor, (story) => outagesOfSlots(story, HOUR_MS), 1500);
  });

  it('with a period', () => {
    agree(heartbeat(everySeconds(3600)), (story) => outagesOfPeriod(story, HOUR_MS), 1500);
  });

  it('with a period and no grace', () => {
    agree(heartbeat({ ...everySeconds(3600), graceSeconds: 0 }), (story) => outagesOfPeriod(story, HOUR_MS), 1500);
  });
});

/** Successes at least two seconds apart, each committed a second after the wake loop went past it. */
const arrivals = fc.array(fc.integer({ min: 1, max: 7000 }), { maxLength: 25, size: 'max' }).map((seconds) => {
  let at = DAY_0;
  return seconds.map((distance) => {
    at += (distance + 2) * SECOND_MS;
    return at + 300;
  });
});

describe('a heartbeat whose pings are committed after the wake loop went past them', () => {
  it('ends as if they had come in order; what was opened by mistake is withdrawn', () => {
    fc.assert(
      fc.property(arrivals, (pings) => {
        const inOrder = new Watch(heartbeat(), true);
        const raced = new Watch(heartbeat(), true);
        for (const ping of pings) {
          inOrder.wake(ping);
          inOrder.success(ping);
          raced.wake(ping + 1200);
          raced.success(ping);
        }
        const { statusSince: _, ...expected } = inOrder.state;
        const { statusSince: __, ...actual } = raced.state;
        assert.deepEqual(actual, expected);
        const real = raced.incidents().filter((incident) => !incident.includes('withdrawn'));
        assert.deepEqual(real, inOrder.incidents());
      }),
      { numRuns: 1500 },
    );
  });
});
