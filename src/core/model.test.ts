import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Action, anyAction, anyMonitor, perform } from '../../test/core/actions.ts';
import { everySeconds, heartbeat, process, Watch } from '../../test/core/fixtures.ts';
import type { Instant } from './instant.ts';
import { LEARN_FROM_RUNS } from './learned.ts';
import { MAX_OPEN_RUNS, type MonitorState } from './monitor.ts';
import type { Effect } from './signal.ts';

// What must hold whatever happens: random signals in random order to random monitors. That `step` is pure is proved by
// `Watch` at every step. The numbers are those of the promises.

/** The state alone is sound. */
function checkState(watch: Watch): void {
  const { monitor, state } = watch;
  assert.equal(state.status === 'down', state.incident !== null, 'down exactly while an incident is open (2)');
  assert.equal(state.status === 'paused', state.pause !== null, 'a pause exactly while paused');
  assert.equal(state.expectedAt === null, state.dueAt === null);
  if (state.expectedAt !== null && state.dueAt !== null) {
    assert.ok(state.expectedAt > (state.refAt ?? Number.POSITIVE_INFINITY), 'E is later than what it counts from (5)');
    assert.ok(state.dueAt >= state.expectedAt, 'D is not before E');
  }
  assert.ok((state.lastSuccessAt ?? 0) <= (state.lastSignalAt ?? 0), 'no success after the last signal');
  assert.ok(state.goodDurationsMs.length <= LEARN_FROM_RUNS && state.goodDurationsMs.every((ms) => ms >= 0));
  assert.ok(state.runs.length <= MAX_OPEN_RUNS);
  for (const run of state.runs) {
    assert.deepEqual(run, watch.runs.get(run.id), 'the state knows a run as it was saved');
    assert.ok(run.state === 'open' || (run.state === 'timed_out' && run.runId === null));
    if (monitor.kind === 'heartbeat') assert.equal(run.deadlineAt, null);
  }
}

/** The wake time as RULES §1 tells it, put together anew. */
function wakeTimeByTheRules({ monitor, state }: Watch): Instant | null {
  if (state.status === 'paused') return state.pause?.mode === 'until' ? state.pause.until : null;
  const candidates = state.runs.flatMap((run) => (run.state === 'open' ? [run.deadlineAt] : []));
  if (state.status !== 'down') candidates.push(state.dueAt);
  const neverHeard = state.refAt === null && state.lastSignalAt === null && !state.silenceTold;
  if (neverHeard) candidates.push(monitor.createdAt + 24 * 60 * 60 * 1000);
  const instants = candidates.filter((instant) => instant !== null);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** What followed from one signal fits to what was before. */
class Ledger {
  openIncident: { id: string; openedAt: Instant } | null = null;
  status: MonitorState['status'] = 'new';
  changedAt = Number.NEGATIVE_INFINITY;
  neverHeard = 0;

  check(watch: Watch, effects: readonly Effect[], now: Instant): void {
    for (const effect of effects) this.#enter(watch, effect, now);
    assert.equal(this.status, watch.state.status, 'every change of the status is told');
    assert.equal(this.openIncident?.id, watch.state.incident?.id);
  }

  #enter(watch: Watch, effect: Effect, now: Instant): void {
    switch (effect.type) {
      case 'open_incident':
        assert.equal(this.openIncident, null, 'one open incident at most (2)');
        assert.equal(effect.detectedAt, Math.max(now, effect.openedAt));
        this.openIncident = effect;
        checkSeen(watch, effect);
        return;
      case 'extend_incident':
        assert.equal(this.openIncident?.id, effect.id);
        return;
      case 'close_incident':
        assert.equal(this.openIncident?.id, effect.id, 'only the open incident closes, and once');
        assert.ok(effect.resolvedAt >= (this.openIncident?.openedAt ?? 0), 'no incident ends before it began');
        assert.ok(effect.missedSlots >= 0);
        this.openIncident = null;
        return;
      case 'change_status':
        assert.equal(effect.from, this.status);
        assert.ok(effect.at >= this.changedAt, 'the history never steps back');
        this.status = effect.to;
        this.changedAt = effect.at;
        return;
      case 'save_run': {
        const { startedAt, endedAt, state } = effect.run;
        if (startedAt !== null && endedAt !== null) assert.ok(endedAt >= startedAt, 'no duration below zero');
        assert.equal(endedAt === null, state === 'open' || state === 'timed_out');
        return;
      }
      case 'tell_never_heard':
        this.neverHeard += 1;
        assert.equal(this.neverHeard, 1, 'said once');
    }
  }
}

/** No deadline opens an incident that passed while we could not see (promise 3). */
function checkSeen(watch: Watch, effect: Extract<Effect, { type: 'open_incident' }>): void {
  if (effect.cause.code === 'failed') return;
  const blind = watch.gaps.filter((gap) => gap.from <= effect.openedAt && gap.to >= effect.openedAt);
  assert.deepEqual(blind, [], 'we were looking when it fell due');
}

/** What one action must have done by itself. */
function checkAction(watch: Watch, action: Action, before: MonitorState, now: Instant): void {
  const { state, last } = watch;
  const isPing = action.type === 'ping' || action.type === 'report';
  assert.equal(state.signalCount, before.signalCount + (isPing ? 1 : 0), 'every ping is counted once (1)');
  if (action.type === 'wake') assert.ok((state.wakeAt ?? now) > now - 250, 'nothing is due after it was judged');
  if (!isPing) return;
  assert.ok((state.lastSignalAt ?? 0) >= (before.lastSignalAt ?? 0), 'signal time never runs back');
  const showsUp = action.kind === 'success' || action.kind === 'fail';
  const takes = showsUp || (action.kind === 'start' && watch.monitor.kind === 'process');
  if (takes && last.notCounted === null && state.expectedAt !== null) {
    assert.ok(state.expectedAt > (state.lastSignalAt ?? 0), 'the next expected time is later than the last signal (5)');
  }
  const mayStayDown = action.type === 'report' || action.delayedMs > 0;
  if (action.kind === 'success' && last.notCounted === null && !mayStayDown) assert.equal(state.status, 'up');
}

function live(watch: Watch, actions: readonly Action[]): void {
  const ledger = new Ledger();
  let now = watch.monitor.createdAt;
  for (const action of actions) {
    const before = watch.state;
    const known = watch.effects.length;
    now = perform(watch, action, now);
    const arrived = action.type === 'ping' ? now - action.delayedMs : now;
    // Deleting and restoring are two steps; the second one has nothing to close.
    const detectedAt = action.type === 'delete and restore' ? now - 1 : arrived;
    ledger.check(watch, watch.effects.slice(known), detectedAt);
    checkState(watch);
    assert.equal(watch.state.wakeAt, wakeTimeByTheRules(watch), 'the wake time (RULES §1)');
    checkAction(watch, action, before, now);
  }
}

describe('whatever happens', () => {
  it('the state stays sound, and what follows from a signal fits to what was before', () => {
    fc.assert(
      fc.property(
        anyMonitor,
        fc.boolean(),
        fc.array(anyAction, { maxLength: 40, size: 'max' }),
        (monitor, armed, actions) => {
          live(new Watch(monitor, armed), actions);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('nothing is due after a look that ended a run behind more skipped slots than one look names', () => {
    const monitor = process({ ...everySeconds(60), graceSeconds: 1, startGraceSeconds: 1, maxRunSeconds: null });
    live(new Watch(monitor, false), [
      { afterMs: 0, type: 'edit', change: { maxRunSeconds: 7_200, failAfter: 2 } },
      { afterMs: 0, type: 'report', kind: 'start', rid: null, agoMs: 0 },
      { afterMs: 3_753_945, type: 'blind', lastsMs: 0 },
      { afterMs: 834_695, type: 'blind', lastsMs: 6_992_360 },
      { afterMs: 1_800_000, type: 'wake' },
    ]);
  });

  it('it also does over a long life', () => {
    const monitors = fc.constantFrom(heartbeat(everySeconds(60)), process({ learn: true }));
    fc.assert(
      fc.property(
        monitors,
        fc.array(anyAction, { minLength: 300, maxLength: 600, size: 'max' }),
        (monitor, actions) => {
          live(new Watch(monitor, true), actions);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('waking twice changes nothing that waking once did not', () => {
    fc.assert(
      fc.property(anyMonitor, fc.array(anyAction, { maxLength: 20, size: 'max' }), (monitor, actions) => {
        const watch = new Watch(monitor, true);
        let now = monitor.createdAt;
        for (const action of actions) now = perform(watch, action, now);
        watch.wake(now);
        const once = watch.state;
        watch.wake(now);
        assert.deepEqual(watch.state, once);
        assert.deepEqual(watch.last.effects, []);
      }),
      { numRuns: 500 },
    );
  });
});
