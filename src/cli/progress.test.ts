import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../test/harness/manual-clock.ts';
import { createProgress, describeProgress, LINE_EVERY_MS, TERMINAL_EVERY_MS } from './progress.ts';

function scene(isTerminal: boolean) {
  const clock = createManualClock();
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  return { clock, view: createProgress({ clock, isTerminal, write }), written: () => text };
}

test('progress is a share, a table, a count and a speed', () => {
  assert.equal(
    describeProgress({ table: 'signal', rows: 1_234_567, share: 0.4299 }, 10_000),
    '42 %  signal  1,234,567 rows  123,457 rows/s',
  );
  assert.equal(describeProgress({ table: 'team', rows: 0, share: null }, 0), 'team  0 rows');
});

test('on a terminal one line is written over itself, not too often, and goes in the end', () => {
  const { clock, view, written } = scene(true);
  view.update({ table: 'a', rows: 1, share: 0 });
  view.update({ table: 'a', rows: 2, share: 0 });
  clock.advance(TERMINAL_EVERY_MS);
  view.update({ table: 'a', rows: 3, share: 0.5 });
  view.end();
  assert.equal(written(), '\r\u001b[K0 %  a  1 rows\r\u001b[K50 %  a  3 rows  15 rows/s\r\u001b[K');
});

test('elsewhere there is a line now and then, and no control characters', () => {
  const { clock, view, written } = scene(false);
  for (let rows = 1; rows <= 4; rows += 1) {
    view.update({ table: 'a', rows, share: null });
    clock.advance(LINE_EVERY_MS / 2);
  }
  view.end();
  assert.equal(written(), 'a  1 rows\na  3 rows  1 rows/s\n');
});

test('what never began leaves nothing behind', () => {
  const { view, written } = scene(true);
  view.end();
  assert.equal(written(), '');
});
