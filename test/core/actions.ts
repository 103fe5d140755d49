import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/instant.ts';
import type { Monitor, Pause } from '../../src/core/monitor.ts';
import type { PingKind } from '../../src/core/signal.ts';
import { everySeconds, fixed, heartbeat, hourly, process, type Watch } from './fixtures.ts';

/** One thing that happens to a monitor, `afterMs` after the one before it. */
export type Action = { readonly afterMs: number } & (
  | { readonly type: 'ping'; readonly kind: PingKind; readonly rid: string | null; readonly delayedMs: number }
  /** A report that carries its own time, `agoMs` before its arrival. */
  | { readonly type: 'report'; readonly kind: PingKind; readonly rid: string | null; readonly agoMs: number }
  | { readonly type: 'wake' }
  /** Pings could not be taken for `lastsMs`. */
  | { readonly type: 'blind'; readonly lastsMs: number }
  | { readonly type: 'pause'; readonly mode: Pause['mode']; readonly lastsMs: number }
  | { readonly type: 'resume' | 'delete and restore' }
  | { readonly type: 'edit'; readonly change: Partial<Monitor> }
);

/** Distances at which something is likely to go wrong: around the early and the judging tolerance, grace and period. */
const distance = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 2 * HOUR_MS }) },
  fc.constantFrom(0, 1, 249, 250, 251, SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS),
);
const kind = fc.constantFrom<PingKind>('success', 'success', 'start', 'start', 'fail', 'log');
const rid = fc.constantFrom(null, null, 'a', 'b', 'c');
const mode = fc.constantFrom<Pause['mode']>('by_hand', 'until', 'until_success');
const change = fc.constantFrom<Partial<Monitor>>(
  { graceSeconds: 60, startGraceSeconds: 60 },
  { maxRunSeconds: 120 },
  { maxRunSeconds: null },
  { maxRunSeconds: 7200, failAfter: 2 },
  everySeconds(900),
  { schedule: hourly, intervalMs: HOUR_MS },
);

function after<T extends object>(what: fc.Arbitrary<T>): fc.Arbitrary<T & { afterMs: number }> {
  return fc.tuple(distance, what).map(([afterMs, action]) => ({ afterMs, ...action }));
}

const delayedMs = fc.constantFrom(0, 0, 0, 100, 400);

export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: after(fc.record({ type: fc.constant('ping'), kind, rid, delayedMs })) },
  { weight: 2, arbitrary: after(fc.record({ type: fc.constant('report'), kind, rid, agoMs: distance })) },
  { weight: 5, arbitrary: after(fc.record({ type: fc.constant('wake') })) },
  { weight: 2, arbitrary: after(fc.record({ type: fc.constant('blind'), lastsMs: distance })) },
  { weight: 1, arbitrary: after(fc.record({ type: fc.constant('pause'), mode, lastsMs: distance })) },
  { weight: 1, arbitrary: after(fc.record({ type: fc.constantFrom('resume', 'delete and restore') })) },
  { weight: 1, arbitrary: after(fc.record({ type: fc.constant('edit'), change })) },
) as fc.Arbitrary<Action>;

/** Monitors of both families, by period and by fixed slots, with short and long grace, strict and patient. */
export const anyMonitor: fc.Arbitrary<Monitor> = fc
  .record({
    make: fc.constantFrom(heartbeat, process),
    timing: fc.constantFrom(
      everySeconds(3600),
      everySeconds(60),
      { schedule: hourly, intervalMs: HOUR_MS },
      { schedule: fixed(10 * MINUTE_MS, 7000), intervalMs: 10 * MINUTE_MS },
    ),
    grace: fc.constantFrom(1, 60, 300, 7200),
    maxRunSeconds: fc.constantFrom(null, 60, 1800),
    learn: fc.boolean(),
    failAfter: fc.constantFrom(1, 1, 2, 3),
  })
  .map(({ make, timing, grace, ...given }) =>
    make({ ...timing, ...given, graceSeconds: grace, startGraceSeconds: grace }),
  );

/** Lets one action happen at or after `now`; answers the time when it is over. */
export function perform(watch: Watch, action: Action, now: number): number {
  const at = now + action.afterMs;
  switch (action.type) {
    case 'ping':
      watch[action.kind](at - action.delayedMs, action.rid === null ? {} : { rid: action.rid });
      return at;
    case 'report': {
      const options = action.rid === null ? {} : { rid: action.rid };
      watch[action.kind](at - action.agoMs, { ...options, reportedAt: at });
      return at;
    }
    case 'wake':
      watch.wake(at);
      return at;
    case 'blind':
      watch.gaps = [...watch.gaps, { from: at, to: at + action.lastsMs }];
      return at + action.lastsMs + 1;
    case 'pause':
      watch.pause(at, action.mode === 'until' ? { mode: 'until', until: at + action.lastsMs } : { mode: action.mode });
      return at;
    case 'resume':
      watch.resume(at);
      return at;
    case 'delete and restore':
      watch.send({ kind: 'deleted' }, at);
      watch.send({ kind: 'restored' }, at + 1);
      return at + 1;
    case 'edit':
      watch.edit(at, action.change);
      return at;
  }
}
