import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cause } from '../core/cause.ts';
import { MAX_EVENT_BYTES } from './events.ts';
import { MAX_OUTPUT_LENGTH } from './incident-message.ts';
import { MAX_LINES } from './lines.ts';
import type { Message } from './message.ts';
import { MAX_FACT_LENGTH, MAX_SENTENCE_LENGTH, MAX_TITLE_LENGTH, renderMessage } from './render.ts';
import type { Delay, DigestEntry, IncidentFacts, MonitorRef, RenderContext, Subject } from './subjects.ts';

const RUNS = 400;

/** What our own code says when it forgot a value; nobody's name may contain it here, so that finding it means a bug. */
const HOLES = /undefined|NaN|null|Infinity|\[object/;

const hostile = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(
      fc.constantFrom('\u202E', '\u2066', '\u200F', '\n', '\r', '\u0000', '\ud83d', '👨‍👩‍👧', 'a', '"', '<', '\u0301'),
      {
        maxLength: 100,
      },
    ),
    fc.constantFrom('', '\u202E', '👍'.repeat(50), `e${'\u0301'.repeat(99)}`, 'שלום'.repeat(25)),
  )
  .map((text) => (typeof text === 'string' ? text : text.join('')).slice(0, 100))
  .filter((text) => !HOLES.test(text));

const numbers = fc.oneof(
  fc.integer({ min: -5, max: 2_000_000_000_000 }),
  fc.integer({ min: 1_760_000_000_000, max: 1_860_000_000_000 }),
  fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 8.7e15, 0.5),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const count = fc.integer({ min: 0, max: 2_000_000 });
const kind = fc.oneof(hostile, fc.constantFrom('email', 'slack', 'constructor', '__proto__'));
const zone = fc.oneof(fc.constantFrom('UTC', 'Europe/Moscow', 'America/New_York', 'Asia/Kathmandu', '+05:30'), hostile);

const shared = {
  lastSuccessAt: maybe(numbers),
  timezone: maybe(zone),
  blind: fc.array(fc.record({ from: numbers, to: numbers }), { maxLength: 60 }),
};
const foundLateMs = maybe(numbers);

const cause: fc.Arbitrary<Cause> = fc.oneof(
  fc.record({
    code: fc.constant('missed' as const),
    data: fc.record({ ...shared, expectedAt: numbers, graceSeconds: numbers, foundLateMs }),
  }),
  fc.record({
    code: fc.constant('not_started' as const),
    data: fc.record({ ...shared, expectedAt: numbers, startGraceSeconds: numbers, foundLateMs }),
  }),
  fc.record({
    code: fc.constant('failed' as const),
    data: fc.record({
      ...shared,
      failedAt: numbers,
      exitStatus: maybe(fc.integer({ min: 0, max: 255 })),
      failStreak: count,
      failAfter: count,
      runId: maybe(hostile),
      durationMs: maybe(numbers),
    }),
  }),
  fc.record({
    code: fc.constant('overran' as const),
    data: fc.record({
      ...shared,
      startedAt: numbers,
      runId: maybe(hostile),
      runningMs: numbers,
      limit: fc.oneof(
        fc.record({ by: fc.constant('max_run' as const), limitMs: numbers }),
        fc.record({ by: fc.constant('learned' as const), limitMs: numbers, usualMs: numbers }),
      ),
      foundLateMs,
    }),
  }),
);

const monitor: fc.Arbitrary<MonitorRef> = fc.record({
  id: hostile,
  name: hostile,
  kind: fc.constantFrom('heartbeat', 'process'),
  status: fc.constantFrom('new', 'up', 'down', 'paused'),
  tags: fc.array(hostile, { maxLength: 15 }),
  url: fc.constant('https://all.example/m'),
});

const plainIncident: fc.Arbitrary<IncidentFacts> = fc.record({
  id: hostile,
  cause,
  openedAt: numbers,
  detectedAt: numbers,
  resolvedAt: maybe(numbers),
  resolution: maybe(fc.constantFrom('recovered', 'withdrawn', 'paused', 'deleted')),
  missedSlots: count,
  lastGoodRun: maybe(fc.record({ startedAt: maybe(numbers), endedAt: numbers, durationMs: maybe(numbers) })),
  outputTail: maybe(
    fc.oneof(hostile, fc.constant(`${'x'.repeat(99)}\n`.repeat(200)), fc.constant('\u001b[1m'.repeat(9e3))),
  ),
  url: fc.constantFrom('https://all.example/m', 'https://all.example/i'),
});

const site: fc.Arbitrary<NonNullable<IncidentFacts['site']>> = fc.record({
  id: hostile,
  name: hostile,
  monitors: count,
  // A few, repeated until there are more than a message may list.
  held: fc
    .tuple(
      fc.array(
        fc.record({ kind: fc.constantFrom('opened' as const, 'resolved' as const), monitor, incident: plainIncident }),
        { maxLength: 3 },
      ),
      fc.integer({ min: 1, max: 30 }),
    )
    .map(([few, times]) => Array.from({ length: times }, () => few).flat()),
  stillDown: count,
  recovered: count,
});

/** One in three is that of a gateway. */
const incident: fc.Arbitrary<IncidentFacts> = fc.oneof(
  { weight: 2, arbitrary: plainIncident },
  { weight: 1, arbitrary: fc.tuple(plainIncident, site).map(([plain, own]) => ({ ...plain, site: own })) },
);

const delay: fc.Arbitrary<Delay> = fc.record({
  ms: numbers,
  reason: maybe(
    fc.oneof(
      fc.record({ type: fc.constantFrom('unavailable' as const, 'rate_limited' as const), channelKind: kind }),
      fc.record({ type: fc.constant('site_dark' as const) }),
    ),
  ),
});

const entry: fc.Arbitrary<DigestEntry> = fc.record({ kind: fc.constantFrom('opened', 'resolved'), monitor, incident });

const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom('incident_opened' as const, 'incident_resolved' as const, 'incident_merged' as const),
      monitor,
      incident,
      delay,
    },
    { requiredKeys: ['type', 'monitor', 'incident'] },
  ) as fc.Arbitrary<Subject>,
  fc.record({
    type: fc.constant('digest' as const),
    // A few arbitrary changes, repeated until there are more than a message may list.
    entries: fc
      .tuple(fc.array(entry, { maxLength: 4 }), fc.integer({ min: 1, max: 30 }))
      .map(([few, times]) => Array.from({ length: times }, () => few).flat()),
    total: count,
  }),
  fc.record({ type: fc.constant('never_heard' as const), monitor, createdAt: numbers }),
  fc.record({
    type: fc.constant('gap' as const),
    from: numbers,
    to: numbers,
    unknown: fc.array(fc.record({ name: hostile }), { maxLength: 120 }),
    total: count,
  }),
  fc.record({
    type: fc.constant('channel_broken' as const),
    channelName: hostile,
    channelKind: kind,
    reason: hostile,
  }),
  fc.record({ type: fc.constant('test' as const), channelName: hostile }),
);

const named = { id: hostile, name: hostile };
const few = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 5 });
const channels = fc.record({
  total: count,
  first: few(
    fc.record({ ...named, kind, state: fc.constantFrom('ok' as const, 'broken' as const), sent: count, failed: count }),
  ),
});
const statuses = { new: count, up: count, down: count, paused: count };

const summary: fc.Arbitrary<Subject> = fc.record({
  type: fc.constant('summary' as const),
  summary: fc.record({
    period: fc.constantFrom('day' as const, 'week' as const),
    from: numbers,
    to: numbers,
    monitors: fc.record({ total: count, ...statuses }),
    success: fc.record({ good: count, all: count, ratio: maybe(numbers) }),
    uptime: fc.record({ upMs: numbers, downMs: numbers, ratio: maybe(numbers) }),
    incidents: fc.record({
      total: count,
      open: count,
      lastedMs: numbers,
      longest: few(fc.record({ ...named, incidentId: hostile, lastedMs: numbers, isOpen: fc.boolean() })),
    }),
    slowest: few(fc.record({ ...named, medianMs: numbers, runs: count })),
    growing: few(fc.record({ ...named, medianMs: numbers, usualMs: numbers, runs: count })),
    neverHeard: fc.record({ total: count, first: few(fc.record({ ...named, createdAt: numbers })) }),
    noisy: few(fc.record({ ...named, incidents: count })),
    failingChannels: channels,
    unusedChannels: channels,
  }),
});

const missedNow: fc.Arbitrary<Subject> = fc.record({
  type: fc.constant('missed_now' as const),
  missed: fc.record({
    at: numbers,
    monitors: fc.record(statuses),
    total: count,
    first: fc.array(fc.record({ ...named, incidentId: hostile, cause, openedAt: numbers }), { maxLength: 60 }),
  }),
});

const context: fc.Arbitrary<RenderContext> = fc.record({
  language: fc.constantFrom('en', 'ru'),
  timezone: zone,
  now: numbers,
  publicUrl: fc.constant('https://all.example'),
});

function checkLine(text: string, limit: number): void {
  assert.ok(text.length > 0 && text.length <= limit, `${text.length} characters: ${text}`);
  assert.ok(text.isWellFormed());
  assert.doesNotMatch(text, HOLES);
  assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u, JSON.stringify(text));
}

function checkMessage(message: Message): void {
  checkLine(message.title, MAX_TITLE_LENGTH);
  checkLine(message.sentence, MAX_SENTENCE_LENGTH);
  for (const { label, value } of message.facts) {
    checkLine(label, MAX_TITLE_LENGTH);
    checkLine(value, MAX_FACT_LENGTH);
  }
  assert.ok(message.lines.length <= MAX_LINES + 1);
  for (const line of message.lines) checkLine(line, MAX_TITLE_LENGTH);
  for (const link of message.links) checkLine(link.label, MAX_TITLE_LENGTH);
  assert.ok(message.links.length > 0);
  if (message.outputTail !== null) {
    assert.ok(message.outputTail.length > 0 && message.outputTail.length <= MAX_OUTPUT_LENGTH);
  }
}

function checkEvents(message: Message): void {
  assert.ok(message.events.length > 0);
  for (const event of message.events) {
    const json = JSON.stringify(event);
    assert.ok(Buffer.byteLength(json) < MAX_EVENT_BYTES, `${Buffer.byteLength(json)} bytes`);
    assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.doesNotMatch(json, /"[a-z]+[A-Z]\w*":/, 'keys are snake_case');
    assert.doesNotMatch(json, /xxxx/, 'no output of the job');
  }
}

test('whatever happens to whatever monitor, a message comes out, whole and within its bounds', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: subject }, summary, missedNow), context, (what, reader) => {
      const message = renderMessage(what, reader);
      checkMessage(message);
      checkEvents(message);
    }),
    { numRuns: RUNS },
  );
});

test('the same in, the same out', () => {
  fc.assert(
    fc.property(subject, context, (what, reader) => {
      assert.deepEqual(renderMessage(what, reader), renderMessage(what, reader));
    }),
    { numRuns: 50 },
  );
});
