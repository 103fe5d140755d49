import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, clockOf, expects, heartbeat, is, Watch } from '../../test/core/fixtures.ts';
import type { Monitor } from './monitor.ts';

// RULES §2, the table: one `describe` per row, one test per cell. A heartbeat on the hour with five minutes of grace.

const armedNew = (given?: Partial<Monitor>) => new Watch(heartbeat(given), true);

function upMonitor(given?: Partial<Monitor>): Watch {
  const watch = new Watch(heartbeat(given));
  watch.success(at('00:10'));
  return watch;
}

/** Up at 00:10, silent for the slot of 01:00, found at 01:05. */
function downMonitor(given?: Partial<Monitor>): Watch {
  const watch = upMonitor(given);
  watch.wake(at('01:05:00.250'));
  is(watch, 'down');
  return watch;
}

function pausedUntil(until: number): Watch {
  const watch = upMonitor();
  watch.pause(at('00:20'), { mode: 'until', until });
  return watch;
}

function pausedUntilSuccess(): Watch {
  const watch = upMonitor();
  watch.pause(at('00:20'), { mode: 'until_success' });
  return watch;
}

describe('heartbeat: success', () => {
  it('makes a new monitor up, and no incident tells of it', () => {
    const watch = new Watch(heartbeat());
    watch.success(at('00:10'));
    is(watch, 'up', at('01:05'));
    expects(watch, at('01:00'), at('01:05'));
    assert.deepEqual(watch.followed(), ['change_status']);
  });

  it('leaves an up monitor up and ends its streak of fails', () => {
    const watch = upMonitor({ failAfter: 3 });
    watch.fail(at('01:00'));
    assert.equal(watch.state.failStreak, 1);
    watch.success(at('02:00'));
    is(watch, 'up');
    assert.equal(watch.state.failStreak, 0);
    assert.deepEqual(watch.followed(), []);
  });

  it('brings a down monitor up and closes its incident as recovered', () => {
    const watch = downMonitor();
    watch.success(at('01:20'));
    is(watch, 'up', at('02:05'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, recovered 01:20']);
  });

  for (const paused of [() => pausedUntil(at('09:00')), pausedByHand]) {
    it(`is stored and not counted while paused ${paused === pausedByHand ? 'by hand' : 'until a time'}`, () => {
      const watch = paused();
      const count = watch.state.signalCount;
      watch.success(at('00:30'));
      is(watch, 'paused');
      assert.equal(watch.last.notCounted, 'paused');
      assert.equal(watch.state.signalCount, count + 1);
      assert.deepEqual(watch.followed(), []);
    });
  }

  it('ends a pause that lasts until the next success', () => {
    const watch = pausedUntilSuccess();
    watch.success(at('05:30'));
    is(watch, 'up', at('06:05'));
    assert.equal(watch.last.notCounted, null);
    assert.equal(watch.state.pause, null);
  });
});

function pausedByHand(): Watch {
  const watch = upMonitor();
  watch.pause(at('00:20'));
  return watch;
}

describe('heartbeat: fail', () => {
  it('makes a new monitor down at once where one fail is enough', () => {
    const watch = new Watch(heartbeat());
    watch.fail(at('00:10'), { exit: 3 });
    is(watch, 'down', null);
    assert.deepEqual(watch.incidents(), ['failed 00:10, open']);
    const [opened] = watch.all('open_incident');
    assert.equal(opened?.cause.code === 'failed' && opened.cause.data.exitStatus, 3);
  });

  it('makes a new monitor up where more fails are needed', () => {
    const watch = new Watch(heartbeat({ failAfter: 2 }));
    watch.fail(at('00:10'));
    is(watch, 'up', at('01:05'));
    assert.deepEqual(watch.incidents(), []);
  });

  it('makes an up monitor down when the streak is long enough', () => {
    const watch = upMonitor({ failAfter: 2 });
    watch.fail(at('01:00'));
    is(watch, 'up');
    watch.fail(at('02:00'));
    is(watch, 'down', null);
    assert.deepEqual(watch.incidents(), ['failed 02:00, open']);
  });

  it('is added to the incident of a down monitor, without another one', () => {
    const watch = downMonitor();
    watch.fail(at('01:20'));
    is(watch, 'down', null);
    assert.deepEqual(watch.followed(), ['extend_incident']);
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('is not counted in any pause, also not in one until the next success', () => {
    for (const watch of [pausedByHand(), pausedUntil(at('09:00')), pausedUntilSuccess()]) {
      watch.fail(at('00:30'));
      is(watch, 'paused');
      assert.equal(watch.last.notCounted, 'paused');
      assert.equal(watch.state.failStreak, 0);
    }
  });
});

describe('heartbeat: start', () => {
  it('arms a new monitor, which stays new, and opens a run', () => {
    const watch = new Watch(heartbeat());
    watch.start(at('00:10'));
    is(watch, 'new', at('01:05'));
    assert.deepEqual(watch.runStates(), ['open']);
    assert.deepEqual(watch.followed(), []);
  });

  it('opens a run on an up monitor and moves neither E nor D', () => {
    const watch = upMonitor();
    watch.start(at('01:02'));
    is(watch, 'up', at('01:05'));
    expects(watch, at('01:00'), at('01:05'));
    assert.deepEqual(watch.runStates(), ['open']);
  });

  it('opens a run on a down monitor, which stays down', () => {
    const watch = downMonitor();
    watch.start(at('01:10'));
    is(watch, 'down', null);
    assert.deepEqual(watch.runStates(), ['open']);
  });

  it('opens no run in any pause', () => {
    for (const watch of [pausedByHand(), pausedUntil(at('09:00')), pausedUntilSuccess()]) {
      watch.start(at('00:30'));
      is(watch, 'paused');
      assert.equal(watch.last.notCounted, 'paused');
      assert.deepEqual(watch.runStates(), []);
    }
  });
});

describe('heartbeat: log', () => {
  const cells = { new: armedNew, up: upMonitor, down: downMonitor, pausedByHand, pausedUntilSuccess };
  for (const [name, make] of Object.entries(cells)) {
    it(`means nothing when ${name}, and is kept as a signal`, () => {
      const watch = make();
      const before = watch.state;
      watch.log(at('01:30'));
      const { signalCount, lastSignalAt } = watch.state;
      assert.equal(signalCount, before.signalCount + 1);
      assert.equal(lastSignalAt, at('01:30'));
      // The armed ones were due at 01:05: that is judged, whoever comes by.
      const expected = before.status === 'new' || before.status === 'up' ? 'down' : before.status;
      is(watch, expected);
    });
  }

  it('does not arm a new monitor', () => {
    const watch = new Watch(heartbeat());
    watch.log(at('00:10'));
    is(watch, 'new', null);
    assert.equal(watch.state.refAt, null);
  });
});

describe('heartbeat: D passes', () => {
  it('makes a new armed monitor down as missed', () => {
    const watch = armedNew();
    watch.wake(at('01:05:00.250'));
    is(watch, 'down', null);
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('makes an up monitor down as missed, opened at D and detected when it was seen', () => {
    const watch = downMonitor();
    const [opened] = watch.all('open_incident');
    assert.equal(clockOf(opened?.openedAt ?? null), '01:05');
    assert.equal(clockOf(opened?.detectedAt ?? null), '01:05:00.250');
    assert.deepEqual(opened?.cause, {
      code: 'missed',
      data: {
        expectedAt: at('01:00'),
        graceSeconds: 300,
        lastSuccessAt: at('00:10'),
        timezone: 'UTC',
        blind: [],
        foundLateMs: null,
      },
    });
  });

  it('is not judged within the quarter of a second after it', () => {
    const watch = upMonitor();
    watch.wake(at('01:05:00.249'));
    is(watch, 'up', at('01:05'));
  });

  it('cannot happen to a down monitor, however long it is silent', () => {
    const watch = downMonitor();
    watch.wake(at('23:00'));
    assert.deepEqual(watch.incidents(), ['missed 01:05, open']);
  });

  it('cannot happen to a paused monitor', () => {
    for (const watch of [pausedByHand(), pausedUntilSuccess()]) {
      watch.wake(at('23:00'));
      is(watch, 'paused', null);
    }
    const watch = pausedUntil(at('09:00'));
    watch.wake(at('08:59'));
    is(watch, 'paused', at('09:00'));
  });
});

describe('heartbeat: pause', () => {
  it('pauses a new and an up monitor in silence', () => {
    for (const watch of [armedNew(), upMonitor()]) {
      watch.pause(at('00:20'));
      is(watch, 'paused', null);
      assert.deepEqual(watch.followed(), ['change_status']);
    }
  });

  it('pauses a down monitor and closes its incident as paused', () => {
    const watch = downMonitor();
    watch.pause(at('01:30'));
    is(watch, 'paused', null);
    assert.deepEqual(watch.incidents(), ['missed 01:05, paused 01:30']);
  });

  it('gives a paused monitor the new mode', () => {
    const watch = pausedByHand();
    watch.pause(at('00:30'), { mode: 'until', until: at('09:00') });
    is(watch, 'paused', at('09:00'));
    watch.pause(at('00:40'), { mode: 'until_success' });
    is(watch, 'paused', null);
    assert.deepEqual(watch.state.pause, { mode: 'until_success' });
    assert.deepEqual(watch.followed(), []);
  });
});

describe('heartbeat: resume', () => {
  it('is refused on a monitor that is not paused, and changes nothing', () => {
    for (const watch of [armedNew(), upMonitor(), downMonitor()]) {
      const before = watch.state;
      watch.resume(at('01:30'));
      assert.equal(watch.last.refused, 'not_paused');
      assert.equal(watch.state, before);
      assert.deepEqual(watch.last.effects, []);
    }
  });

  it('makes a paused monitor new and armed from now, in every mode', () => {
    for (const watch of [pausedByHand(), pausedUntil(at('09:00')), pausedUntilSuccess()]) {
      watch.resume(at('03:30'));
      is(watch, 'new', at('04:05'));
      assert.equal(watch.state.refAt, at('03:30'));
      assert.equal(watch.state.pause, null);
    }
  });

  it('forgets the fails from before the pause', () => {
    const watch = upMonitor({ failAfter: 2 });
    watch.fail(at('00:15'));
    watch.pause(at('00:20'));
    watch.resume(at('00:30'));
    watch.fail(at('00:40'));
    is(watch, 'up');
  });

  it('happens by itself at the end of "until t"', () => {
    const watch = pausedUntil(at('03:30'));
    watch.wake(at('03:30:00.250'));
    is(watch, 'new', at('04:05'));
    assert.equal(watch.state.refAt, at('03:30'));
  });

  it('happened before a ping that arrives at that very instant', () => {
    const watch = pausedUntil(at('03:30'));
    watch.success(at('03:29:59.999'));
    assert.equal(watch.last.notCounted, 'paused');
    watch.success(at('03:30'));
    assert.equal(watch.last.notCounted, null);
    is(watch, 'up', at('04:05'));
  });
});
