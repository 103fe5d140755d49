import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, clockOf, expects, is, process, Watch } from '../../test/core/fixtures.ts';
import type { Monitor, Run } from './monitor.ts';

// RULES §3, the table: one `describe` per row. A process on the hour, five minutes to start, half an hour to run.

const armed = (given?: Partial<Monitor>) => new Watch(process(given), true);

function upProcess(given?: Partial<Monitor>): Watch {
  const watch = armed(given);
  watch.start(at('00:10'), { rid: 'first' });
  watch.success(at('00:20'), { rid: 'first' });
  is(watch, 'up');
  return watch;
}

/** Up, then not started at 01:00. */
function downProcess(): Watch {
  const watch = upProcess();
  watch.wake(at('01:05:01'));
  is(watch, 'down');
  return watch;
}

/** The last run in words. */
function lastRun(watch: Watch): string {
  const run = watch.allRuns().at(-1) as Run;
  return `${run.state} ${clockOf(run.startedAt)}-${clockOf(run.endedAt)}`;
}

describe('process: START with a new run id or none', () => {
  it('opens a run that is judged at t + max_run', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    is(watch, 'up', at('01:30'));
    assert.equal(watch.state.runs[0]?.deadlineAt, at('01:30'));
    assert.equal(watch.state.runs[0]?.limitBy, 'max_run');
  });

  it('opens a run without a deadline where there is no limit', () => {
    const watch = upProcess({ maxRunSeconds: null });
    watch.start(at('01:00'));
    assert.equal(watch.state.runs[0]?.deadlineAt, null);
    is(watch, 'up', at('02:05'));
  });

  it('takes its slot', () => {
    const watch = upProcess();
    watch.start(at('01:03'));
    expects(watch, at('02:00'), at('02:05'));
  });

  it('without a name abandons an open run without a name', () => {
    const watch = upProcess();
    watch.start(at('01:00'));
    watch.start(at('01:10'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'abandoned', 'open']);
  });

  it('without a name leaves a named one open, and the other way round', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.start(at('01:10'));
    watch.start(at('01:20'), { rid: 'b' });
    assert.deepEqual(watch.runStates(), ['succeeded', 'open', 'open', 'open']);
  });

  it('arms a new process, which stays new and is running', () => {
    const watch = new Watch(process());
    watch.start(at('00:10'));
    is(watch, 'new', at('00:40'));
    expects(watch, at('01:00'), at('01:05'));
    assert.deepEqual(watch.followed(), []);
  });

  it('leaves a down process down until a success', () => {
    const watch = downProcess();
    watch.start(at('01:10'), { rid: 'a' });
    is(watch, 'down', at('01:40'));
    expects(watch, at('02:00'));
    watch.success(at('01:20'), { rid: 'a' });
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.incidents(), ['not_started 01:05, recovered 01:20']);
  });
});

describe('process: START of a run that is known', () => {
  it('and open is recorded only', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    const before = watch.state;
    watch.start(at('01:10'), { rid: 'a' });
    assert.equal(watch.last.notCounted, 'repeated');
    assert.deepEqual(watch.state.runs, before.runs);
    assert.equal(watch.state.dueAt, before.dueAt);
  });

  it('and ended, overtaken by its END, fills in start and duration and never opens it again', () => {
    const watch = upProcess();
    watch.success(at('01:10:00.500'), { rid: 'a' });
    watch.start(at('01:10:00.200'), { rid: 'a' });
    assert.equal(watch.last.notCounted, 'overtaken');
    assert.equal(lastRun(watch), 'succeeded 01:10:00.200-01:10:00.500');
    assert.deepEqual(watch.state.runs, []);
  });

  it('and ended, arriving after its END, gives it no duration below zero', () => {
    const watch = upProcess();
    watch.fail(at('01:10'), { rid: 'a' });
    watch.start(at('01:11'), { rid: 'a' });
    assert.equal(lastRun(watch), 'failed 01:10-01:10');
  });

  it('and ended with its start known is recorded only', () => {
    const watch = upProcess();
    watch.start(at('00:30'), { rid: 'first' });
    assert.equal(watch.last.notCounted, 'repeated');
    assert.equal(lastRun(watch), 'succeeded 00:10-00:20');
    assert.deepEqual(watch.state.runs, []);
  });
});

describe('process: END, bare ping, exit 0', () => {
  it('ends the run of the same id, and no other', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.start(at('01:01'), { rid: 'b' });
    watch.success(at('01:05'), { rid: 'a', exit: 0 });
    assert.deepEqual(watch.runStates(), ['succeeded', 'succeeded', 'open']);
    assert.equal(watch.allRuns()[1]?.exitStatus, 0);
  });

  it('without an id ends the newest open run without one', () => {
    const watch = upProcess();
    watch.start(at('01:00'));
    watch.start(at('01:01'), { rid: 'b' });
    watch.success(at('01:05'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'succeeded', 'open']);
  });

  it('without an open run makes a closed one without a start', () => {
    const watch = upProcess();
    watch.success(at('01:02'));
    assert.equal(lastRun(watch), 'succeeded never-01:02');
    watch.success(at('02:02'), { rid: 'b' });
    assert.equal(lastRun(watch), 'succeeded never-02:02');
  });

  it('without an id ends no named run', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.success(at('01:05'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'open', 'succeeded']);
  });

  it('takes the slot if no START did', () => {
    const watch = upProcess();
    watch.success(at('00:59:30'));
    expects(watch, at('02:00'));
  });

  it('ends the streak of fails', () => {
    const watch = upProcess({ failAfter: 3 });
    watch.fail(at('01:00'));
    watch.fail(at('02:00'));
    watch.success(at('03:00'));
    assert.equal(watch.state.failStreak, 0);
  });

  it('makes a new process up and brings a down one up', () => {
    const fresh = new Watch(process());
    fresh.success(at('00:10'));
    is(fresh, 'up', at('01:05'));
    const down = downProcess();
    down.success(at('01:20'));
    is(down, 'up');
    assert.deepEqual(down.incidents(), ['not_started 01:05, recovered 01:20']);
  });
});

describe('process: END of a timed-out run', () => {
  for (const rid of ['a', undefined]) {
    it(`${rid === undefined ? 'without' : 'with'} a run id says "finished late" and brings the process up`, () => {
      const watch = upProcess();
      const options = rid === undefined ? {} : { rid };
      watch.start(at('01:00'), options);
      watch.wake(at('01:30:01'));
      is(watch, 'down');
      watch.success(at('03:10'), options);
      is(watch, 'up', at('04:05'));
      assert.equal(lastRun(watch), 'succeeded 01:00-03:10');
      assert.equal(watch.allRuns().at(-1)?.finishedLate, true);
      assert.deepEqual(watch.incidents(), ['overran 01:30, recovered 03:10']);
    });
  }

  it('without a run id means the open run where another one was started since', () => {
    const watch = upProcess();
    watch.start(at('01:00'));
    watch.wake(at('01:30:01'));
    watch.start(at('02:00'));
    watch.success(at('02:10'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'timed_out', 'succeeded']);
    watch.success(at('02:11'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'timed_out', 'succeeded', 'succeeded']);
  });

  it('with a run id is found however many runs came after it', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:30:01'));
    watch.start(at('02:00'));
    watch.success(at('02:10'));
    watch.success(at('02:11'), { rid: 'a' });
    assert.equal(watch.allRuns()[1]?.finishedLate, true);
  });
});

describe('process: END again with the same id', () => {
  it('is recorded only', () => {
    const watch = upProcess();
    watch.wake(at('01:05:01'));
    watch.success(at('01:10'), { rid: 'first' });
    assert.equal(watch.last.notCounted, 'repeated');
    is(watch, 'down');
    assert.deepEqual(watch.last.effects, []);
  });

  it('as a fail after a success counts for the process, and the run keeps its first end', () => {
    const watch = upProcess();
    watch.fail(at('00:30'), { rid: 'first' });
    is(watch, 'down');
    assert.deepEqual(watch.incidents(), ['failed 00:30, open']);
    assert.deepEqual(watch.runStates(), ['succeeded']);
  });

  it('as a success after a fail closes the incident: any success does', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.fail(at('01:10'), { rid: 'a' });
    watch.success(at('01:20'), { rid: 'a' });
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.runStates(), ['succeeded', 'failed']);
  });
});

describe('process: FAIL', () => {
  it('ends the run as failed and opens an incident that knows how long it ran', () => {
    const watch = upProcess();
    watch.start(at('01:00'), { rid: 'a' });
    watch.fail(at('01:10'), { rid: 'a', exit: 2 });
    is(watch, 'down', null);
    assert.equal(lastRun(watch), 'failed 01:00-01:10');
    const [opened] = watch.all('open_incident');
    assert.deepEqual(opened?.cause.code === 'failed' && [opened.cause.data.durationMs, opened.cause.data.runId], [
      600_000,
      'a',
    ]);
  });

  it('counts up to fail_after as a heartbeat does, and satisfies its slot', () => {
    const watch = upProcess({ failAfter: 2 });
    watch.fail(at('01:00'));
    is(watch, 'up', at('02:05'));
    watch.fail(at('02:00'));
    is(watch, 'down', null);
    watch.fail(at('03:00'));
    assert.deepEqual(watch.followed(), ['extend_incident']);
  });
});

describe('process: a run reaches its deadline', () => {
  it('times out, and the process is down as overran at once', () => {
    const watch = upProcess({ failAfter: 5 });
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:30:00.250'));
    is(watch, 'down', null);
    assert.equal(lastRun(watch), 'timed_out 01:00-never');
    const [opened] = watch.all('open_incident');
    assert.deepEqual(opened?.cause, {
      code: 'overran',
      data: {
        startedAt: at('01:00'),
        runId: 'a',
        runningMs: 1_800_250,
        limit: { by: 'max_run', limitMs: 1_800_000 },
        lastSuccessAt: at('00:20'),
        timezone: 'UTC',
        blind: [],
        foundLateMs: null,
      },
    });
  });

  it('makes a new process down as well', () => {
    const watch = new Watch(process());
    watch.start(at('00:10'));
    watch.wake(at('00:41'));
    assert.deepEqual(watch.incidents(), ['overran 00:40, open']);
  });

  it('is added to the incident of a process that is down', () => {
    const watch = downProcess();
    watch.start(at('01:10'));
    watch.wake(at('01:41'));
    assert.deepEqual(watch.followed(), ['extend_incident']);
    assert.deepEqual(watch.incidents(), ['not_started 01:05, open']);
    is(watch, 'down', null);
  });
});

describe('process: E + start grace passes', () => {
  it('with the slot untaken and no open run: down as not_started', () => {
    const watch = downProcess();
    assert.deepEqual(watch.incidents(), ['not_started 01:05, open']);
    const [opened] = watch.all('open_incident');
    assert.equal(opened?.cause.code === 'not_started' && opened.cause.data.startGraceSeconds, 300);
  });

  it('on a process that is not armed: nothing', () => {
    const watch = new Watch(process());
    watch.wake(at('05:00'));
    is(watch, 'new');
    assert.deepEqual(watch.effects, []);
  });

  it('with a run open: the slot is noted as skipped, and nothing happens', () => {
    const watch = upProcess({ maxRunSeconds: null });
    watch.start(at('01:00'));
    watch.wake(at('03:06'));
    is(watch, 'up', at('04:05'));
    assert.deepEqual(
      watch.all('note_slot').map(({ slotAt, note }) => `${note} ${clockOf(slotAt)}`),
      ['skipped_running 02:00', 'skipped_running 03:00'],
    );
  });

  it('without a schedule: never, only the run is watched', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null }), true);
    watch.success(at('00:10'));
    is(watch, 'up', null);
    watch.start(at('05:00'));
    is(watch, 'up', at('05:30'));
  });
});
