import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quietUntil } from './quiet-hours.ts';

const night = { from: '22:00', to: '07:00', timezone: 'Europe/Berlin', downPasses: false };
const at = (text: string) => Date.parse(text);
const until = (text: string) => {
  const end = quietUntil(night, at(text));
  return end === null ? null : new Date(end).toISOString();
};

test('quiet hours go past midnight, begin at once and are over at their end', () => {
  assert.equal(until('2026-11-21T20:59:59.999Z'), null);
  assert.equal(until('2026-11-21T21:00:00Z'), '2026-11-22T06:00:00.000Z');
  assert.equal(until('2026-11-22T05:59:59.999Z'), '2026-11-22T06:00:00.000Z');
  assert.equal(until('2026-11-22T06:00:00Z'), null);
});

test('they follow the clock of their zone when it changes', () => {
  assert.equal(until('2026-10-25T00:00:00Z'), '2026-10-25T06:00:00.000Z');
});
