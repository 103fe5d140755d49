import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  at,
  dailyAtOne,
  everySeconds,
  expects,
  fixed,
  heartbeat,
  is,
  process,
  Watch,
} from '../../test/core/fixtures.ts';
import { HOUR_MS } from './instant.ts';
import type { Monitor } from './monitor.ts';

// RULES §2: edited, deleted, restored, never heard from.

const twoHourly = { schedule: fixed(2 * HOUR_MS), intervalMs: 2 * HOUR_MS };

function upMonitor(given?: Partial<Monitor>): Watch {
  const watch = new Watch(heartbeat(given));
  watch.success(at('00:10'));
  return watch;
}

function downMonitor(): Watch {
  const watch = upMonitor();
  watch.wake(at('01:05:00.250'));
  return watch;
}

describe('edited schedule, grace or zone', () => {
  it('counts a new armed monitor from now', () => {
    const watch = new Watch(heartbeat(), true);
    watch.edit(at('00:40'), everySeconds(600));
    is(watch, 'new', at('00:55'));
    assert.equal(watch.state.refAt, at('00:40'));
  });

  it('does not arm a new monitor', () => {
    const watch = new Watch(heartbeat());
    watch.edit(at('00:40'), everySeconds(600));
    assert.equal(watch.state.refAt, null);
    expects(watch, null, null);
  });

  it('counts an up monitor from now', () => {
    const watch = upMonitor();
    watch.edit(at('00:40'), { graceSeconds: 60 });
    is(watch, 'up', at('01:01'));
    assert.equal(watch.state.refAt, at('00:40'));
  });

  it('leaves a down monitor down until a success, which counts by the new schedule', () => {
    const watch = downMonitor();
    watch.edit(at('01:30'), twoHourly);
    is(watch, 'down', null);
    watch.success(at('01:40'));
    is(watch, 'up', at('02:05'));
  });

  it('is stored on a paused monitor, and holds from the end of the pause', () => {
    const watch = upMonitor();
    watch.pause(at('00:20'));
    const before = watch.state;
    watch.edit(at('00:30'), twoHourly);
    assert.deepEqual(watch.state, before);
    watch.resume(at('00:40'));
    is(watch, 'new', at('02:05'));
  });

  it('of something else moves no deadline', () => {
    const watch = upMonitor();
    watch.edit(at('00:40'), { failAfter: 3 });
    assert.equal(watch.state.refAt, at('00:10'));
  });
});

describe('deleted', () => {
  it('is silent on a new, an up and a paused monitor', () => {
    const paused = upMonitor();
    paused.pause(at('00:20'));
    for (const watch of [new Watch(heartbeat(), true), upMonitor(), paused]) {
      watch.send({ kind: 'deleted' }, at('00:30'));
      assert.deepEqual(watch.incidents(), []);
      assert.equal(watch.state.wakeAt, null);
    }
  });

  it('closes the incident of a down monitor as deleted', () => {
    const watch = downMonitor();
    watch.send({ kind: 'deleted' }, at('01:30'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, deleted 01:30']);
    assert.equal(watch.state.wakeAt, null);
  });

  it('ends the time that counts as up or down', () => {
    const watch = upMonitor();
    watch.send({ kind: 'deleted' }, at('00:30'));
    assert.deepEqual(watch.all('change_status').at(-1), {
      type: 'change_status',
      from: 'up',
      to: 'new',
      at: at('00:30'),
    });
  });
});

describe('restored', () => {
  it('counts what was armed from now, without a word about the time between', () => {
    const watch = downMonitor();
    watch.send({ kind: 'deleted' }, at('01:30'));
    watch.send({ kind: 'restored' }, at('02:30', 9));
    is(watch, 'new', at('03:05', 9));
    watch.success(at('03:00', 9));
    assert.deepEqual(watch.incidents(), ['missed 01:05, deleted 01:30']);
  });

  it('leaves a monitor that was never armed waiting for its first signal', () => {
    const watch = new Watch(heartbeat());
    watch.send({ kind: 'deleted' }, at('00:30'));
    watch.send({ kind: 'restored' }, at('00:40'));
    is(watch, 'new', at('00:00', 1));
    assert.equal(watch.state.refAt, null);
  });

  it('keeps a pause that still holds', () => {
    const watch = upMonitor();
    watch.pause(at('00:20'), { mode: 'until', until: at('09:00') });
    watch.send({ kind: 'deleted' }, at('00:30'));
    watch.send({ kind: 'restored' }, at('00:40'));
    is(watch, 'paused', at('09:00'));
  });

  it('ends a pause whose time is over now, not back then', () => {
    const watch = upMonitor();
    watch.pause(at('00:20'), { mode: 'until', until: at('09:00') });
    watch.send({ kind: 'deleted' }, at('00:30'));
    watch.send({ kind: 'restored' }, at('09:30', 2));
    is(watch, 'new', at('10:05', 2));
  });
});

describe('created but never heard from', () => {
  it('is told once after a day of silence', () => {
    const watch = new Watch(heartbeat());
    is(watch, 'new', at('00:00', 1));
    watch.wake(at('00:00', 1));
    assert.deepEqual(watch.followed(), []);
    watch.wake(at('00:01', 1));
    assert.deepEqual(watch.followed(), ['tell_never_heard']);
    is(watch, 'new', null);
    watch.wake(at('00:01', 2));
    assert.deepEqual(watch.followed(), []);
  });

  it('is not told of a monitor that sent only a log, nor of an armed one', () => {
    const logged = new Watch(heartbeat());
    logged.log(at('05:00'));
    const armed = new Watch(process({ schedule: null, intervalMs: null }), true);
    for (const watch of [logged, armed]) {
      watch.wake(at('00:01', 2));
      assert.deepEqual(watch.all('tell_never_heard'), []);
      is(watch, 'new', null);
    }
  });
});

describe('armed from creation', () => {
  it('misses a monitor that never sends anything', () => {
    const watch = new Watch(heartbeat({ schedule: dailyAtOne, intervalMs: 24 * HOUR_MS }), true);
    is(watch, 'new', at('01:05'));
    watch.wake(at('01:06'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });
});
