import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, clockOf, everySeconds, expects, heartbeat, is, process, Watch } from '../../test/core/fixtures.ts';

// RULES §1 (withdrawn) and §6 (`?at=`): what arrives after it was judged, or tells of an earlier time.

/** Up at 00:10, missed at 01:05. */
function downMonitor(): Watch {
  const watch = new Watch(heartbeat());
  watch.success(at('00:10'));
  watch.wake(at('01:05:01'));
  is(watch, 'down');
  return watch;
}

describe('a ping that arrived before D and is committed after the down', () => {
  it('withdraws the incident, as a success', () => {
    const watch = downMonitor();
    watch.success(at('01:04:59.999'));
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, withdrawn 01:05']);
    assert.equal(watch.last.notCounted, null);
  });

  it('withdraws it for a period as well, however early it came', () => {
    const watch = new Watch(heartbeat(everySeconds(3600)));
    watch.success(at('00:10'));
    watch.wake(at('01:16'));
    watch.success(at('00:40'));
    is(watch, 'up', at('01:45'));
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
  });

  it('recovers it when it arrived at D: only earlier is before', () => {
    const watch = downMonitor();
    watch.success(at('01:05'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, recovered 01:05']);
  });

  it('withdraws it and opens its own, as a fail', () => {
    const watch = downMonitor();
    watch.fail(at('01:04:59'));
    is(watch, 'down');
    assert.deepEqual(
      watch.all('open_incident').map((effect) => effect.cause.code),
      ['missed', 'failed'],
    );
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
  });

  it('withdraws a not_started, as the START of a process', () => {
    const watch = new Watch(process(), true);
    watch.wake(at('01:05:01'));
    watch.start(at('01:04:59'));
    is(watch, 'new');
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
    assert.deepEqual(watch.runStates(), ['open']);
  });

  it('withdraws an overran, as the END of that run, which did not finish late', () => {
    const watch = new Watch(process(), true);
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:30:01'));
    assert.deepEqual(watch.incidents(), ['overran 01:30, open']);
    watch.success(at('01:29:59'), { rid: 'a' });
    is(watch, 'up');
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
    assert.equal(watch.allRuns()[0]?.state, 'succeeded');
    assert.equal(watch.allRuns()[0]?.finishedLate, false);
  });

  it('does not withdraw the overran of another run', () => {
    const watch = new Watch(process(), true);
    watch.start(at('01:00'), { rid: 'a' });
    watch.start(at('01:10'), { rid: 'b' });
    watch.wake(at('01:30:01'));
    watch.success(at('01:29:59'), { rid: 'b' });
    is(watch, 'down');
    assert.deepEqual(watch.incidents(), ['overran 01:30, open']);
  });

  it('is not the start of a heartbeat: that fills no slot', () => {
    const watch = downMonitor();
    watch.start(at('01:04:59'));
    is(watch, 'down');
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('never writes a history of statuses that steps back', () => {
    const watch = new Watch(heartbeat(), true);
    watch.wake(at('01:05:01'));
    watch.success(at('01:04:59'));
    const times = watch.all('change_status').map((effect) => effect.at);
    assert.deepEqual(times, times.toSorted());
    is(watch, 'up');
  });
});

describe('a late report newer than the last signal', () => {
  it('acts at the time that it tells', () => {
    const watch = new Watch(heartbeat(everySeconds(3600)));
    watch.success(at('00:10'));
    watch.success(at('00:40'), { reportedAt: at('00:50') });
    assert.equal(watch.state.lastSuccessAt, at('00:40'));
    expects(watch, at('01:40'));
  });

  it('recovers at the time that it tells, and what was missed since then is judged', () => {
    const watch = downMonitor();
    watch.success(at('01:20'), { reportedAt: at('02:30') });
    assert.deepEqual(watch.incidents(), ['missed 01:05, recovered 01:20']);
    watch.wake(at('02:30:00.500'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, recovered 01:20', 'missed 02:05, open']);
  });

  it('withdraws the incident whose slot it filled', () => {
    const watch = downMonitor();
    watch.success(at('01:02'), { reportedAt: at('01:40') });
    is(watch, 'up', at('02:05'));
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
  });

  it('from before the slot counts, and the incident stands', () => {
    const watch = downMonitor();
    watch.success(at('00:30'), { reportedAt: at('01:40') });
    is(watch, 'down', null);
    assert.equal(watch.last.notCounted, null);
    assert.equal(watch.state.lastSuccessAt, at('00:30'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
    watch.success(at('02:10'));
    assert.equal(watch.all('close_incident')[0]?.missedSlots, 2);
  });

  it('from the future acts now', () => {
    const watch = new Watch(heartbeat(everySeconds(3600)));
    watch.success(at('09:00'), { reportedAt: at('00:50') });
    assert.equal(clockOf(watch.state.lastSignalAt), '00:50');
    expects(watch, at('01:50'));
  });

  it('from before a pause does not end it', () => {
    const watch = new Watch(heartbeat());
    watch.success(at('00:10'));
    watch.pause(at('00:50'), { mode: 'until_success' });
    watch.success(at('00:40'), { reportedAt: at('00:55') });
    is(watch, 'paused');
    assert.equal(watch.last.notCounted, 'paused');
  });
});

describe('a late report older than the last signal', () => {
  it('means nothing for an up monitor', () => {
    const watch = new Watch(heartbeat());
    watch.success(at('01:10'));
    const before = watch.state;
    watch.fail(at('00:40'), { reportedAt: at('01:20') });
    assert.equal(watch.last.notCounted, 'outdated');
    assert.deepEqual(watch.state, { ...before, signalCount: before.signalCount + 1 });
    assert.deepEqual(watch.last.effects, []);
  });

  it('withdraws the incident that its slot explains', () => {
    const watch = downMonitor();
    watch.log(at('01:10'));
    watch.success(at('01:02'), { reportedAt: at('01:20') });
    is(watch, 'up', at('02:05'));
    assert.equal(watch.last.notCounted, 'outdated');
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
    assert.equal(watch.state.lastSuccessAt, at('01:02'));
  });

  it('withdraws it as a fail, too, and opens none of its own', () => {
    const watch = downMonitor();
    watch.log(at('01:10'));
    watch.fail(at('01:02'), { reportedAt: at('01:20') });
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.all('open_incident').length, 1);
    assert.equal(watch.state.failStreak, 0);
  });

  it('does not withdraw an incident to which more was added', () => {
    const watch = downMonitor();
    watch.fail(at('01:10'));
    watch.success(at('01:02'), { reportedAt: at('01:20') });
    is(watch, 'down');
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('does not explain a slot in which it does not lie', () => {
    const watch = downMonitor();
    watch.log(at('01:10'));
    watch.success(at('00:30'), { reportedAt: at('01:20') });
    is(watch, 'down');
    watch.success(at('01:06'), { reportedAt: at('01:21') });
    is(watch, 'down');
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('leaves the next silence to be found', () => {
    const watch = downMonitor();
    watch.log(at('02:20'));
    watch.success(at('01:02'), { reportedAt: at('02:30') });
    watch.wake(at('02:31'));
    is(watch, 'down');
    assert.equal(watch.incidents().at(-1), 'missed 02:05, open');
  });

  it('ends the run that it names, at the time that it tells', () => {
    const watch = new Watch(process(), true);
    watch.start(at('01:00'), { rid: 'a' });
    watch.start(at('01:20'), { rid: 'b' });
    watch.success(at('01:10'), { rid: 'a', reportedAt: at('01:25') });
    const [a, b] = watch.allRuns();
    assert.deepEqual([a?.state, clockOf(a?.endedAt ?? null), b?.state], ['succeeded', '01:10', 'open']);
    assert.equal(watch.last.notCounted, 'outdated');
  });

  it('without a name ends no run that began after it', () => {
    const watch = new Watch(process(), true);
    watch.start(at('01:20'));
    watch.success(at('01:10'), { reportedAt: at('01:25') });
    assert.deepEqual(watch.runStates(), ['open']);
  });

  it('withdraws an overran when its run ended in time', () => {
    const watch = new Watch(process(), true);
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:31'));
    watch.log(at('01:32'));
    watch.success(at('01:29'), { rid: 'a', reportedAt: at('01:40') });
    is(watch, 'up');
    assert.equal(watch.all('close_incident')[0]?.resolution, 'withdrawn');
  });

  it('does not withdraw an overran that another run caused later', () => {
    const watch = new Watch(process({ schedule: null, intervalMs: null }));
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:31'));
    watch.success(at('01:40'), { rid: 'c' });
    watch.start(at('01:41'), { rid: 'b' });
    watch.wake(at('02:12'));
    watch.success(at('01:29'), { rid: 'a', reportedAt: at('02:20') });
    assert.deepEqual(watch.incidents(), ['overran 01:30, recovered 01:40', 'overran 02:11, open']);
    assert.equal(watch.allRuns()[0]?.state, 'succeeded');
  });

  it('fills in the start of a run that ended before it was told', () => {
    const watch = new Watch(process(), true);
    watch.success(at('01:20'), { rid: 'a' });
    watch.start(at('01:00'), { rid: 'a', reportedAt: at('01:25') });
    assert.equal(clockOf(watch.allRuns()[0]?.startedAt ?? null), '01:00');
  });
});

describe('a ping after D that comes before the wake loop', () => {
  it('fills its slot within a quarter of a second', () => {
    const watch = new Watch(heartbeat(), true);
    watch.success(at('01:05:00.249'));
    is(watch, 'up');
    assert.deepEqual(watch.incidents(), []);
  });

  it('covers nothing up from then on: what was missed is told, and found late if it was', () => {
    const watch = new Watch(heartbeat(), true);
    watch.success(at('01:05:00.250'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, recovered 01:05:00.250']);
    const late = new Watch(heartbeat(), true);
    late.success(at('01:50'));
    assert.deepEqual(late.incidents(), ['missed 01:05, recovered 01:50']);
    const [opened] = late.all('open_incident');
    assert.equal(opened?.cause.code === 'missed' && opened.cause.data.foundLateMs, 45 * 60_000);
  });
});
