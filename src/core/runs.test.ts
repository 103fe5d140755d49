import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, clockOf, fixed, heartbeat, is, process, Watch } from '../../test/core/fixtures.ts';
import { MINUTE_MS } from './instant.ts';
import { MAX_OPEN_RUNS, type Monitor } from './monitor.ts';

// RULES §2 and §3: what becomes of runs through pauses, edits, crowds, and as parts of a heartbeat.

function running(given?: Partial<Monitor>): Watch {
  const watch = new Watch(process(given), true);
  watch.start(at('01:00'), { rid: 'a' });
  return watch;
}

const deadline = (watch: Watch) => clockOf(watch.state.runs[0]?.deadlineAt ?? null);

describe('a pause of a process', () => {
  it('takes the deadlines off its open runs, which go on recording', () => {
    const watch = running();
    watch.pause(at('01:10'));
    is(watch, 'paused', null);
    assert.equal(deadline(watch), 'never');
    watch.success(at('02:00'), { rid: 'a' });
    assert.equal(watch.last.notCounted, 'paused');
    assert.deepEqual(watch.runStates(), ['succeeded']);
    assert.equal(watch.allRuns()[0]?.endedAt, at('02:00'));
  });

  it('makes no run of an end whose start was not heard', () => {
    const watch = running();
    watch.pause(at('01:10'));
    watch.success(at('01:20'));
    watch.fail(at('01:20'), { rid: 'z' });
    assert.deepEqual(watch.runStates(), ['open']);
  });

  it('and the resume after it end a run older than max_run as unknown', () => {
    const watch = running();
    watch.pause(at('01:10'));
    watch.resume(at('01:30'));
    assert.deepEqual(watch.runStates(), ['unknown']);
    assert.equal(watch.all('open_incident').length, 0);
  });

  it('and the resume after it give a younger run its deadline back', () => {
    const watch = running();
    watch.pause(at('01:10'));
    watch.resume(at('01:20'));
    is(watch, 'new', at('01:30'));
    watch.wake(at('01:31'));
    assert.deepEqual(watch.incidents(), ['overran 01:30, open']);
  });

  it('until the next success ends with the END of a run, which takes its slot by its start', () => {
    const watch = running();
    watch.pause(at('01:10'), { mode: 'until_success' });
    watch.success(at('01:20'), { rid: 'a' });
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.runStates(), ['succeeded']);
  });
});

describe('a pause until the next success', () => {
  it('gives the other open runs their deadlines back when it ends', () => {
    const watch = running({ schedule: null, intervalMs: null });
    watch.start(at('01:05'), { rid: 'b' });
    watch.pause(at('01:10'), { mode: 'until_success' });
    watch.success(at('01:20'), { rid: 'b' });
    is(watch, 'up', at('01:30'));
  });
});

describe('an edit of max_run', () => {
  it('moves the deadline of an open run to start + max_run', () => {
    const watch = running();
    watch.edit(at('01:10'), { maxRunSeconds: 7200 });
    assert.equal(deadline(watch), '03:00');
  });

  it('gives a run that is over the new limit one minute from now, and tells the limit that was set', () => {
    const watch = running();
    watch.edit(at('01:10'), { maxRunSeconds: 60 });
    assert.equal(deadline(watch), '01:11');
    watch.wake(at('01:12'));
    const [opened] = watch.all('open_incident');
    assert.deepEqual(opened?.cause.code === 'overran' && opened.cause.data.limit, { by: 'max_run', limitMs: 60_000 });
  });

  it('to none takes the deadline off', () => {
    const watch = running();
    watch.edit(at('01:10'), { maxRunSeconds: null });
    assert.equal(deadline(watch), 'never');
  });

  it('holds on a down process, too, and for a paused one from its resume', () => {
    const down = running();
    down.fail(at('01:05'), { rid: 'z' });
    down.edit(at('01:10'), { maxRunSeconds: 7200 });
    is(down, 'down', at('03:00'));
    const paused = running();
    paused.pause(at('01:10'));
    paused.edit(at('01:20'), { maxRunSeconds: 7200 });
    assert.equal(deadline(paused), 'never');
    paused.resume(at('01:40'));
    assert.equal(deadline(paused), '03:00');
  });
});

describe(`the ${MAX_OPEN_RUNS + 1}st open run`, () => {
  it('makes the oldest one abandoned', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null, maxRunSeconds: null }));
    for (let n = 0; n < MAX_OPEN_RUNS; n += 1) watch.start(at('01:00') + n, { rid: `run-${n}` });
    assert.equal(watch.runStates().filter((state) => state === 'open').length, MAX_OPEN_RUNS);
    watch.start(at('01:01'), { rid: 'one more' });
    assert.equal(watch.state.runs.length, MAX_OPEN_RUNS);
    assert.deepEqual(
      watch.allRuns().filter((run) => run.state !== 'open'),
      [watch.allRuns()[0]],
    );
    assert.equal(watch.allRuns()[0]?.state, 'abandoned');
  });

  it('is none while a timed-out one can make room', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null }));
    watch.start(at('01:00'));
    watch.wake(at('02:00'));
    for (let n = 0; n < MAX_OPEN_RUNS; n += 1) watch.start(at('02:00') + n, { rid: `run-${n}` });
    assert.deepEqual(watch.runStates(), ['timed_out', ...Array.from({ length: MAX_OPEN_RUNS }, () => 'open')]);
    assert.equal(watch.state.runs.length, MAX_OPEN_RUNS);
  });

  it('is none either when the timed-out one is not the oldest', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null }));
    watch.gaps = [{ from: at('01:28'), to: at('01:29:30') }];
    watch.start(at('00:59'), { rid: 'oldest, with more time after a gap' });
    watch.start(at('01:00'));
    watch.wake(at('01:31'));
    for (let n = 1; n < MAX_OPEN_RUNS; n += 1) watch.start(at('01:32') + n, { rid: `run-${n}` });
    assert.equal(watch.runStates().filter((state) => state === 'open').length, MAX_OPEN_RUNS);
  });

  it('that was abandoned can still be ended by its name', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null, maxRunSeconds: null }));
    for (let n = 0; n <= MAX_OPEN_RUNS; n += 1) watch.start(at('01:00') + n, { rid: `run-${n}` });
    watch.success(at('02:00'), { rid: 'run-0' });
    assert.equal(watch.allRuns()[0]?.state, 'succeeded');
  });
});

describe('a run of a heartbeat', () => {
  it('has a duration and no limit of its own: D catches a hang', () => {
    const watch = new Watch(heartbeat({ maxRunSeconds: 60, learn: true }), true);
    watch.start(at('01:00'));
    is(watch, 'new', at('01:05'));
    watch.wake(at('01:05:01'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
    watch.success(at('01:20'));
    const [run] = watch.allRuns();
    assert.deepEqual([run?.state, run?.startedAt, run?.endedAt], ['succeeded', at('01:00'), at('01:20')]);
    assert.deepEqual(watch.state.goodDurationsMs, []);
  });

  it('exists only where a start or a name tells of one', () => {
    const watch = new Watch(heartbeat());
    watch.success(at('00:10'));
    assert.deepEqual(watch.runStates(), []);
    watch.success(at('00:20:01'), { rid: 'a' });
    watch.start(at('00:20'), { rid: 'a' });
    assert.equal(watch.last.notCounted, 'overtaken');
    assert.deepEqual(watch.runStates(), ['succeeded']);
    assert.equal(watch.allRuns()[0]?.startedAt, at('00:20'));
  });

  it('goes on recording in a pause', () => {
    const watch = new Watch(heartbeat());
    watch.start(at('00:10'));
    watch.pause(at('00:20'));
    watch.fail(at('00:30'));
    assert.deepEqual(watch.runStates(), ['failed']);
    is(watch, 'paused');
  });
});

describe('a run that goes on through thousands of slots', () => {
  it('is looked at in a bounded time, and the process is expected again in the future', () => {
    const watch = new Watch(
      process({ schedule: fixed(MINUTE_MS), intervalMs: MINUTE_MS, startGraceSeconds: 30, maxRunSeconds: null }),
    );
    watch.start(at('01:00'));
    watch.wake(at('01:00', 3));
    assert.ok(watch.all('note_slot').length <= 200);
    assert.ok((watch.state.wakeAt ?? 0) > at('01:00', 3) - 250);
    is(watch, 'new');
  });
});
