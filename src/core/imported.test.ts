import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  at,
  clockOf,
  dailyAtOne,
  everySeconds,
  expects,
  heartbeat,
  is,
  process,
  Watch,
} from '../../test/core/fixtures.ts';
import { DAY_MS, type Instant } from './instant.ts';
import type { Monitor } from './monitor.ts';

/** A monitor that was just made, and then told what another system knew. */
function imported(monitor: Monitor, now: Instant, lastHeardAt: Instant | null, wasUp = true): Watch {
  const watch = new Watch({ ...monitor, createdAt: now });
  hear(watch, now, lastHeardAt, wasUp);
  return watch;
}

function hear(watch: Watch, now: Instant, lastHeardAt: Instant | null, wasUp = true): void {
  watch.send({ kind: 'imported', lastHeardAt, wasUp, armed: false }, now);
}

describe('a monitor taken over from another system', () => {
  it('is expected from its last sign of life there', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    is(watch, 'up', at('11:05'));
    expects(watch, at('11:00'), at('11:05'));
    assert.equal(watch.state.lastSignalAt, at('10:00'));
    assert.equal(watch.state.lastSuccessAt, at('10:00'));
    assert.deepEqual(watch.followed(), ['change_status']);
    watch.wake(at('11:06'));
    assert.deepEqual(watch.incidents(), ['missed 11:05, open']);
  });

  it('took the slot that it came a moment early for', () => {
    const daily = { schedule: dailyAtOne, intervalMs: DAY_MS };
    const watch = imported(heartbeat(daily), at('00:59:40'), at('00:59:30'));
    expects(watch, at('01:00', 1));
  });

  it('counts from now when its deadline is past already, and is found dead one slot later', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('09:00'));
    is(watch, 'new', at('11:35'));
    expects(watch, at('11:30'));
    watch.wake(at('10:31'));
    assert.deepEqual(watch.incidents(), [], 'the import itself wakes nobody');
    watch.wake(at('11:36'));
    assert.deepEqual(watch.incidents(), ['missed 11:35, open']);
  });

  it('that is late, and within its grace, keeps its deadline', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:02'), at('09:00'));
    is(watch, 'up', at('10:05'));
  });

  it('that was down there is new here, and goes up without a word', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'), false);
    is(watch, 'new', at('11:05'));
    assert.equal(watch.state.lastSuccessAt, null);
    watch.success(at('10:40'));
    is(watch, 'up');
    assert.deepEqual(watch.incidents(), []);
  });

  it('was never heard there: nothing is expected, unless it is to be expected from the beginning', () => {
    const watch = imported(heartbeat(), at('10:30'), null);
    expects(watch, null);
    watch.send({ kind: 'imported', lastHeardAt: null, wasUp: false, armed: true }, at('10:30'));
    expects(watch, at('11:00'));
  });

  it('does not believe in a last sign of life that is to come', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('12:00'));
    assert.equal(clockOf(watch.state.lastSignalAt), '10:30');
    expects(watch, at('11:30'));
  });

  it('that is a process without a schedule is up and expects nothing', () => {
    const watch = imported(process({ schedule: null, intervalMs: null }), at('10:30'), at('10:00'));
    is(watch, 'up', null);
  });
});

describe('importing again', () => {
  it('takes over what was heard there since, as long as nobody is heard here', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    hear(watch, at('10:50'), at('10:45'));
    expects(watch, at('11:45'));
    hear(watch, at('10:55'), at('10:45'));
    hear(watch, at('10:56'), at('10:01'));
    expects(watch, at('11:45'));
    watch.success(at('11:00'));
    hear(watch, at('11:20'), at('11:19'));
    expects(watch, at('12:00'));
    assert.equal(watch.state.lastSignalAt, at('11:00'));
  });

  it('withdraws the miss of a job that was heard there in time', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    watch.wake(at('11:06'));
    hear(watch, at('11:10'), at('10:50'));
    assert.deepEqual(watch.incidents(), ['missed 11:05, withdrawn 11:10']);
    is(watch, 'up', at('11:55'));
  });

  it('ends the incident of a job that was heard there afterwards', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    watch.wake(at('11:06'));
    hear(watch, at('11:20'), at('11:10'));
    assert.deepEqual(watch.incidents(), ['missed 11:05, recovered 11:10']);
    is(watch, 'up', at('12:15'));
  });

  it('leaves it down when it is down there too', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    watch.wake(at('11:06'));
    hear(watch, at('11:20'), at('11:10'), false);
    is(watch, 'down', null);
  });

  it('does not touch what a person paused', () => {
    const watch = imported(heartbeat(everySeconds(3_600)), at('10:30'), at('10:00'));
    watch.pause(at('10:31'));
    hear(watch, at('10:50'), at('10:45'));
    is(watch, 'paused', null);
    assert.equal(watch.state.lastSignalAt, at('10:00'));
  });
});
