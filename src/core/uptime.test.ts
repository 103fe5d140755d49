import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { at, deepFreeze } from '../../test/core/fixtures.ts';
import { HOUR_MS } from './instant.ts';
import { STATUSES, type Status } from './monitor.ts';
import { type DownInterval, type UptimeInput, uptime } from './uptime.ts';

/** Ten hours of one day in which nothing but `given` happened to a monitor that was up. */
function day(given: Partial<UptimeInput>): UptimeInput {
  const nothing = { statusAtFrom: 'up', changes: [], downs: [], gaps: [] } as const;
  return { from: at('00:00'), to: at('10:00'), ...nothing, ...given };
}

const hours = ({ upMs, downMs, ratio }: ReturnType<typeof uptime>) => [upMs / HOUR_MS, downMs / HOUR_MS, ratio];

describe('uptime', () => {
  it('is whole for a monitor that was up all along', () => {
    assert.deepEqual(hours(uptime(day({}))), [10, 0, 1]);
  });

  it('is up / (up + down)', () => {
    const input = day({
      changes: [
        { at: at('02:00'), to: 'down' },
        { at: at('03:00'), to: 'up' },
      ],
      downs: [{ from: at('02:00'), to: at('03:00') }],
    });
    assert.deepEqual(hours(uptime(input)), [9, 1, 0.9]);
  });

  it('counts an incident that is open until the end of the window', () => {
    const input = day({ changes: [{ at: at('05:00'), to: 'down' }], downs: [{ from: at('05:00'), to: null }] });
    assert.deepEqual(hours(uptime(input)), [5, 5, 0.5]);
  });

  it('counts a down whose incident was withdrawn as up', () => {
    const input = day({
      changes: [
        { at: at('02:00'), to: 'down' },
        { at: at('03:00'), to: 'up' },
      ],
    });
    assert.deepEqual(hours(uptime(input)), [10, 0, 1]);
  });

  it('leaves out the time in which the monitor was new or paused', () => {
    const changes = [
      { at: at('01:00'), to: 'up' },
      { at: at('03:00'), to: 'paused' },
      { at: at('05:00'), to: 'new' },
      { at: at('06:00'), to: 'down' },
    ] as const;
    const input = day({ statusAtFrom: 'new', changes, downs: [{ from: at('06:00'), to: null }] });
    assert.deepEqual(hours(uptime(input)), [2, 4, 2 / 6]);
  });

  it('leaves out gaps, counted once where they overlap, whether up or down', () => {
    const input = day({
      changes: [{ at: at('05:00'), to: 'down' }],
      downs: [{ from: at('05:00'), to: null }],
      gaps: [
        { from: at('06:00'), to: at('07:00') },
        { from: at('01:00'), to: at('03:00') },
        { from: at('02:00'), to: at('04:00') },
      ],
    });
    assert.deepEqual(hours(uptime(input)), [2, 4, 2 / 6]);
  });

  it('is unknown where nothing was to be seen', () => {
    assert.equal(uptime(day({ statusAtFrom: 'paused' })).ratio, null);
    assert.equal(uptime(day({ gaps: [{ from: at('00:00'), to: at('10:00') }] })).ratio, null);
    assert.equal(uptime(day({ to: at('00:00') })).ratio, null);
  });
});

/** A window of 60 ms in which everything is small enough to be looked at millisecond by millisecond. */
const instant = fc.integer({ min: -10, max: 70 });
const status = fc.constantFrom<Status>(...STATUSES);
const stretch = fc.tuple(instant, instant).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const inputs: fc.Arbitrary<UptimeInput> = fc.record({
  from: fc.constant(0),
  to: fc.constant(60),
  statusAtFrom: status,
  changes: fc
    .array(fc.record({ at: fc.integer({ min: 0, max: 70 }), to: status }), { maxLength: 8 })
    .map((changes) => changes.toSorted((a, b) => a.at - b.at)),
  downs: fc.array(
    fc.oneof(
      stretch,
      instant.map((from): DownInterval => ({ from, to: null })),
    ),
    { maxLength: 4 },
  ),
  gaps: fc.array(stretch, { maxLength: 4 }),
});

function statusAt(input: UptimeInput, ms: number): Status {
  return input.changes.findLast((change) => change.at <= ms)?.to ?? input.statusAtFrom;
}

/** The same by looking at every millisecond. */
function slowUptime(input: UptimeInput): [number, number] {
  const total: [number, number] = [0, 0];
  for (let ms = input.from; ms < input.to; ms += 1) {
    if (input.gaps.some((gap) => gap.from <= ms && ms < gap.to)) continue;
    const now = statusAt(input, ms);
    if (now !== 'up' && now !== 'down') continue;
    total[input.downs.some((down) => down.from <= ms && ms < (down.to ?? input.to)) ? 1 : 0] += 1;
  }
  return total;
}

describe('uptime of anything', () => {
  it('is what a look at every millisecond finds', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { upMs, downMs } = uptime(deepFreeze(input));
        assert.deepEqual([upMs, downMs], slowUptime(input));
      }),
      { numRuns: 2000 },
    );
  });

  it('adds up when the window is cut in two', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 60 }), (input, cut) => {
        const whole = uptime(input);
        const first = uptime({ ...input, to: cut });
        const open = input.downs.map((down) => ({ ...down, to: down.to ?? input.to }));
        const second = uptime({ ...input, from: cut, statusAtFrom: statusAt(input, cut), downs: open });
        assert.equal(first.upMs + second.upMs, whole.upMs);
        assert.equal(first.downMs + second.downMs, whole.downMs);
      }),
    );
  });

  it('never exceeds the window, and its ratio lies between 0 and 1', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { upMs, downMs, ratio } = uptime(input);
        assert.ok(upMs >= 0 && downMs >= 0 && upMs + downMs <= 60);
        assert.ok(ratio === null ? upMs + downMs === 0 : ratio >= 0 && ratio <= 1);
      }),
    );
  });
});
