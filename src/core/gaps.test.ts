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
import type { Gap } from './cause.ts';
import { DAY_MS, SECOND_MS } from './instant.ts';
import type { Monitor } from './monitor.ts';

// RULES §4: when we were not looking.

const gap = (from: string, to: string, day = 0): Gap => ({ from: at(from, day), to: at(to, day) });

/** A heartbeat on the hour with five minutes of grace, last heard at 00:10. */
function hourly(gaps: readonly Gap[], given: Partial<Monitor> = {}): Watch {
  const watch = new Watch(heartbeat(given));
  watch.gaps = gaps;
  watch.success(at('00:10'));
  return watch;
}

function notes(watch: Watch): string[] {
  return watch.all('note_slot').map((effect) => `${effect.note} ${clockOf(effect.slotAt)}`);
}

describe('a slot whose window touches an ingest gap', () => {
  it('is unknown, and with a cron the next slot after it counts', () => {
    const watch = hourly([gap('01:02', '01:03')]);
    watch.wake(at('01:06'));
    is(watch, 'up', at('02:05'));
    assert.deepEqual(notes(watch), ['unknown 01:00']);
    assert.deepEqual(watch.all('note_slot')[0]?.gap, gap('01:02', '01:03'));
  });

  it('is unknown, and with a period the next one counts from the end of the gap', () => {
    const watch = hourly([gap('01:12', '01:13')], everySeconds(3600));
    watch.wake(at('01:16'));
    is(watch, 'up', at('02:18'));
    expects(watch, at('02:13'));
    assert.equal(watch.state.refAt, at('01:13'));
  });

  it('with a cron and a gap over several slots: the first one after the gap counts', () => {
    const watch = hourly([gap('00:40', '05:30')]);
    watch.wake(at('05:31'));
    is(watch, 'up', at('06:05'));
    assert.deepEqual(notes(watch), ['unknown 01:00']);
  });

  it('with a cron and a gap that ends before E: the next one after E counts', () => {
    const watch = hourly([gap('00:58', '00:59:30')]);
    watch.wake(at('01:06'));
    is(watch, 'up', at('02:05'));
    assert.deepEqual(notes(watch), ['unknown 01:00']);
  });

  it('touches it from E - early to D, both ends included', () => {
    const touched = [gap('00:30', '00:59'), gap('01:05', '01:20')];
    for (const one of touched) {
      const watch = hourly([one]);
      watch.wake(at('01:20:01'));
      assert.deepEqual(notes(watch), ['unknown 01:00'], clockOf(one.from));
    }
  });

  it('keeps its D where it does not touch it', () => {
    const untouched = [gap('00:30', '00:58:59.999'), gap('01:05:00.001', '01:20')];
    for (const one of untouched) {
      const watch = hourly([one]);
      watch.wake(at('01:20:01'));
      assert.deepEqual(watch.incidents(), ['missed 01:05, open'], clockOf(one.from));
      const cause = watch.all('open_incident')[0]?.cause;
      assert.deepEqual(cause?.data.blind, []);
    }
  });

  it('counts from the end of the gap that ends last, whatever the order of several', () => {
    const watch = hourly([gap('01:11', '01:14'), gap('01:12', '01:13')], everySeconds(3600));
    watch.wake(at('01:16'));
    assert.equal(watch.state.refAt, at('01:14'));
  });

  it('is also unknown when the next ping finds it, not the wake loop', () => {
    const watch = hourly([gap('01:02', '01:08')]);
    watch.success(at('01:09'));
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.incidents(), []);
    assert.deepEqual(notes(watch), ['unknown 01:00']);
  });

  it('is not excused when it was filled', () => {
    const watch = hourly([gap('01:02', '01:03')]);
    watch.success(at('01:01'));
    watch.wake(at('01:06'));
    assert.deepEqual(notes(watch), []);
    assert.equal(watch.state.excused, false);
  });

  it('of a process is unknown as well, and skipped while a run is open', () => {
    const idle = new Watch(process(), true);
    idle.gaps = [gap('01:02', '01:03')];
    idle.wake(at('01:06'));
    assert.deepEqual(notes(idle), ['unknown 01:00']);
    is(idle, 'new', at('02:05'));
    const busy = new Watch(process({ maxRunSeconds: null }), true);
    busy.gaps = [gap('01:02', '01:03')];
    busy.start(at('00:30'));
    busy.wake(at('01:06'));
    assert.deepEqual(notes(busy), ['skipped_running 01:00']);
  });
});

describe('the second slot in a row that a gap touches', () => {
  const nightly = { schedule: dailyAtOne, intervalMs: DAY_MS };
  /** A restart at the job's hour, night after night. */
  const restarts = [gap('01:00', '01:01'), gap('01:00', '01:01', 1), gap('01:00', '01:01', 2)];

  it('is judged at D = b + grace, and the text knows that we were blind', () => {
    const watch = hourly(restarts, nightly);
    watch.wake(at('01:05:01'));
    is(watch, 'up', at('01:05', 1));
    watch.wake(at('01:05:01', 1));
    is(watch, 'up', at('01:06', 1));
    watch.wake(at('01:06:01', 1));
    is(watch, 'down', null);
    assert.deepEqual(watch.incidents(), ['missed 1d 01:06, open']);
    const [opened] = watch.all('open_incident');
    assert.deepEqual(opened?.cause.data.blind, [restarts[1]]);
    assert.equal(opened?.cause.data.lastSuccessAt, at('00:10'));
  });

  it('keeps its D where b + grace is no later', () => {
    const gaps = [gap('01:00', '01:01'), gap('01:58', '01:59:10')];
    const watch = hourly(gaps);
    watch.wake(at('02:06'));
    assert.deepEqual(watch.incidents(), ['missed 02:05, open']);
  });

  it('is filled by a sign of life within the time that it gets', () => {
    const watch = hourly(restarts, nightly);
    watch.wake(at('01:05:01'));
    watch.wake(at('01:05:01', 1));
    watch.success(at('01:05:50', 1));
    is(watch, 'up', at('01:05', 2));
    assert.deepEqual(watch.incidents(), []);
  });

  it('is in a row no longer after a sign of life: the next one may be unknown again', () => {
    const watch = hourly(restarts, nightly);
    watch.wake(at('01:05:01'));
    watch.success(at('12:00'));
    watch.wake(at('01:05:01', 1));
    assert.deepEqual(notes(watch), ['unknown 01:00', 'unknown 1d 01:00']);
    is(watch, 'up', at('01:05', 2));
  });

  it('is in a row no longer after a pause', () => {
    const watch = hourly(restarts, nightly);
    watch.wake(at('01:05:01'));
    watch.pause(at('02:00'));
    watch.resume(at('03:00'));
    watch.wake(at('01:05:01', 1));
    assert.deepEqual(notes(watch), ['unknown 01:00', 'unknown 1d 01:00']);
  });

  it('is not put off again by a further gap in the time that it got', () => {
    const watch = hourly([gap('01:00', '01:01'), gap('02:00', '02:01'), gap('02:04', '02:05:30')]);
    watch.wake(at('01:06'));
    watch.wake(at('02:05:00.250'));
    expects(watch, at('02:00'), at('02:10:30'));
    const again = hourly([gap('01:00', '01:01'), gap('02:00', '02:04'), gap('02:06', '02:08:30')]);
    again.wake(at('01:06'));
    again.wake(at('02:09:01'));
    assert.deepEqual(again.incidents(), ['missed 02:09, open']);
  });

  it('is put off when we are blind at the very deadline', () => {
    const watch = hourly([gap('01:00', '01:01'), gap('02:00', '02:04'), gap('02:08', '02:11')]);
    watch.wake(at('01:06'));
    watch.wake(at('02:12'));
    is(watch, 'up', at('02:16'));
  });

  it('with a period: counted from the first gap, judged after the second', () => {
    const gaps = [gap('01:10', '01:20'), gap('02:21', '02:22')];
    const watch = hourly(gaps, everySeconds(3600));
    watch.wake(at('01:21'));
    expects(watch, at('02:20'), at('02:25'));
    watch.wake(at('02:25:01'));
    is(watch, 'up', at('02:27'));
    watch.wake(at('02:27:01'));
    assert.deepEqual(watch.incidents(), ['missed 02:27, open']);
  });
});

describe('a run whose deadline falls into a gap', () => {
  function running(...gaps: Gap[]): Watch {
    const watch = new Watch(process());
    watch.gaps = gaps;
    watch.start(at('01:00'), { rid: 'a' });
    return watch;
  }

  it('gets 300 s after it, then ends unknown without an incident', () => {
    const watch = running(gap('01:20', '01:40'));
    watch.wake(at('01:41'));
    is(watch, 'new', at('01:45'));
    watch.wake(at('01:45:01'));
    assert.deepEqual(watch.runStates(), ['unknown']);
    assert.deepEqual(watch.incidents(), []);
    is(watch, 'new', at('02:05'));
  });

  it('that ends within the 300 s has simply succeeded', () => {
    const watch = running(gap('01:20', '01:40'));
    watch.wake(at('01:41'));
    watch.success(at('01:44'), { rid: 'a' });
    is(watch, 'up');
    assert.deepEqual(watch.runStates(), ['succeeded']);
    assert.equal(watch.allRuns()[0]?.finishedLate, false);
  });

  it('falls into it with both ends included', () => {
    for (const one of [gap('01:30', '01:40'), gap('01:10', '01:30')]) {
      const watch = running(one);
      watch.wake(at('01:40:01'));
      assert.deepEqual(watch.incidents(), [], clockOf(one.from));
    }
  });

  it('but after b keeps it, and the text names the blind time', () => {
    const watch = running(gap('01:10', '01:29:59'));
    watch.wake(at('01:31'));
    assert.deepEqual(watch.incidents(), ['overran 01:30, open']);
    const [opened] = watch.all('open_incident');
    assert.deepEqual(opened?.cause.data.blind, [gap('01:10', '01:29:59')]);
  });

  it('is judged by a limit that is edited afterwards', () => {
    const watch = running(gap('01:20', '01:40'));
    watch.wake(at('01:41'));
    watch.edit(at('01:42'), { maxRunSeconds: 3600 });
    watch.wake(at('02:01'));
    assert.deepEqual(watch.incidents(), ['overran 02:00, open']);
  });
});

describe('a run that was given more time after a gap', () => {
  it('is watched like any other after a pause, if its limit was raised meanwhile', () => {
    const watch = new Watch(process());
    watch.gaps = [gap('01:20', '01:40')];
    watch.start(at('01:00'), { rid: 'a' });
    watch.wake(at('01:41'));
    watch.pause(at('01:42'));
    watch.edit(at('01:43'), { maxRunSeconds: 3600 });
    watch.resume(at('01:44'));
    watch.wake(at('02:01'));
    assert.deepEqual(watch.incidents(), ['overran 02:00, open']);
  });
});

describe('a watch hole', () => {
  it('excuses nothing: everything is judged at the first wake, and found late', () => {
    const watch = hourly([]);
    watch.wake(at('03:00'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
    const [opened] = watch.all('open_incident');
    assert.equal(opened?.detectedAt, at('03:00'));
    assert.equal(opened?.cause.code === 'missed' && opened.cause.data.foundLateMs, 115 * 60 * SECOND_MS);
  });

  it('is found in the order in which things fell due', () => {
    const watch = new Watch(process());
    watch.start(at('00:50'), { rid: 'a' });
    watch.wake(at('05:00'));
    assert.deepEqual(notes(watch), ['skipped_running 01:00']);
    assert.deepEqual(watch.incidents(), ['overran 01:20, open']);
  });

  it('of a few seconds is not worth a word', () => {
    const watch = hourly([]);
    watch.wake(at('01:05:05'));
    const [opened] = watch.all('open_incident');
    assert.equal(opened?.cause.code === 'missed' && opened.cause.data.foundLateMs, null);
  });
});
