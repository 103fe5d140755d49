import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.ts';
import {
  CONFIRM_MS,
  closeHold,
  endHold,
  type HeldMonitor,
  type Hold,
  holdAfter,
  holdOpening,
  lightAfter,
  moveHold,
  type SiteLight,
  settleMs,
} from './sites.ts';

const NOW = 1_800_000_000_000;
const monitor: HeldMonitor = { causeCode: 'missed', intervalMs: 5 * MINUTE_MS, graceSeconds: 30 };
const lit: SiteLight = { darkSince: null, darknessId: null, litAt: null, isWatched: true };
const dark: SiteLight = { ...lit, darkSince: NOW - MINUTE_MS, darknessId: 'dark-1' };
const confirming: Hold = { reason: 'confirming', since: NOW, until: NOW + CONFIRM_MS, darknessId: null };
const held: Hold = { reason: 'site_dark', since: NOW, until: null, darknessId: 'dark-1' };

describe('an opening behind a site', () => {
  test('waits a minute, so that the gateway can go first', () => {
    assert.deepEqual(holdOpening(lit, monitor, NOW), confirming);
    assert.equal(CONFIRM_MS, 60 * SECOND_MS);
  });

  test('waits for as long as the site is dark', () => {
    assert.deepEqual(holdOpening(dark, monitor, NOW), held);
  });

  test('is told at once where the gateway cannot go down', () => {
    assert.equal(holdOpening({ ...lit, isWatched: false }, monitor, NOW), null);
  });

  test('soon after the dark waits as long as one that was held, unless the job itself said that it failed', () => {
    const again = { ...lit, darknessId: 'dark-1', litAt: NOW - MINUTE_MS };
    const until = NOW - MINUTE_MS + 5 * MINUTE_MS + 30 * SECOND_MS;
    assert.deepEqual(holdOpening(again, monitor, NOW), { reason: 'site_lit', since: NOW, until, darknessId: 'dark-1' });
    assert.equal(holdOpening(again, { ...monitor, causeCode: 'failed' }, NOW)?.reason, 'confirming');
    assert.equal(holdOpening(again, monitor, until)?.reason, 'confirming');
  });
});

test('lit again, a monitor gets min(interval, 15 min) + grace', () => {
  assert.equal(settleMs({ intervalMs: 5 * MINUTE_MS, graceSeconds: 30 }), 5 * MINUTE_MS + 30 * SECOND_MS);
  assert.equal(settleMs({ intervalMs: 24 * HOUR_MS, graceSeconds: 600 }), 25 * MINUTE_MS);
  assert.equal(settleMs({ intervalMs: null, graceSeconds: 0 }), 15 * MINUTE_MS);
});

describe('the gateway', () => {
  const down = { kind: 'down', incidentId: 'dark-2', at: NOW } as const;

  test('that goes down explains all that waits, also what waited for an earlier darkness', () => {
    const after = lightAfter(lit, down, NOW);
    assert.deepEqual(after, { ...lit, darkSince: NOW, darknessId: 'dark-2' });
    for (const hold of [confirming, { ...held, reason: 'site_lit', until: NOW + 1 } as const]) {
      const next = holdAfter(hold, monitor, after, down, NOW + 5);
      assert.deepEqual(next, { reason: 'site_dark', since: NOW, until: null, darknessId: 'dark-2' });
    }
  });

  test('that is back gives each monitor its time', () => {
    for (const resolution of ['recovered', 'paused', 'deleted'] as const) {
      const over = { kind: 'over', incidentId: 'dark-1', resolution } as const;
      const after = lightAfter(dark, over, NOW);
      assert.deepEqual(after, { ...dark, darkSince: null, litAt: NOW });
      const until = NOW + settleMs(monitor);
      assert.deepEqual(holdAfter(held, monitor, after, over, NOW), { ...held, reason: 'site_lit', until });
    }
  });

  test('that was never down: as if it had not been dark', () => {
    const over = { kind: 'over', incidentId: 'dark-1', resolution: 'withdrawn' } as const;
    const after = lightAfter(dark, over, NOW);
    assert.deepEqual(after, { ...dark, darkSince: null });
    assert.deepEqual(holdAfter(held, monitor, after, over, NOW + SECOND_MS), confirming);
    const later = NOW + HOUR_MS;
    assert.deepEqual(holdAfter(held, monitor, after, over, later), { ...confirming, until: later });
  });

  test('whose other incident ends changes nothing', () => {
    const over = { kind: 'over', incidentId: 'another', resolution: 'recovered' } as const;
    assert.equal(lightAfter(dark, over, NOW), dark);
    assert.equal(lightAfter(lit, over, NOW), lit);
  });
});

describe('a monitor that is moved', () => {
  test('out of its site is told at once, into another one it waits as if it had just gone down there', () => {
    assert.equal(moveHold(held, null, monitor, NOW + 7).until, NOW + 7);
    const elsewhere = { ...dark, darknessId: 'dark-9' };
    assert.deepEqual(moveHold(confirming, elsewhere, monitor, NOW + 7), { ...held, darknessId: 'dark-9' });
    const moved = moveHold(held, lit, monitor, NOW + 7);
    assert.deepEqual(moved, { ...confirming, until: NOW + 7 + CONFIRM_MS });
    assert.equal(moveHold(held, { ...lit, isWatched: false }, monitor, NOW + 7).until, NOW + 7);
  });
});

describe('the end', () => {
  const recovering: Hold = { ...held, reason: 'site_lit', until: NOW };

  test('of an incident while it is held: only listed, or of no interest, or still to be told', () => {
    assert.equal(closeHold(held, 'recovered'), 'recovered');
    assert.equal(closeHold(recovering, 'recovered'), 'recovered');
    assert.equal(closeHold(confirming, 'recovered'), null);
    for (const resolution of ['withdrawn', 'paused', 'deleted'] as const) {
      for (const hold of [held, recovering, confirming]) assert.equal(closeHold(hold, resolution), 'closed');
    }
  });

  test('of a hold: what is still down is told, what nothing explained is told with its end', () => {
    assert.deepEqual(endHold(recovering, null), { outcome: 'told', tells: 'opening' });
    assert.deepEqual(endHold(confirming, null), { outcome: 'told', tells: 'opening' });
    assert.deepEqual(endHold(confirming, 'recovered'), { outcome: 'told', tells: 'both' });
    assert.deepEqual(endHold(recovering, 'recovered'), { outcome: 'recovered', tells: 'nothing' });
    assert.deepEqual(endHold(recovering, 'paused'), { outcome: 'closed', tells: 'nothing' });
  });
});
