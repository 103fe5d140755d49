import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from './catalogue.ts';
import type { Language } from './language.ts';
import { ordinalEn, pluralRu } from './plurals.ts';
import type { Moment, Texts } from './texts.ts';

/** A stand-in for anybody's text: letters of neither language. */
const X = 'Ξ';
const today: Moment = { day: { type: 'today' }, time: '02:03' };
const dated: Moment = { day: { type: 'date', dayOfMonth: 12, month: 11, year: 2025 }, time: '02:03' };
const over = { from: { ...today, day: { type: 'yesterday' } }, to: { ...today, day: { type: 'tomorrow' } } } as const;
const blind = { spans: [{ ...over, isOneDay: false }], more: 2 };
const cause = { zone: X, lastSuccess: dated, blind: null };
const slot = { ...cause, expected: today, grace: X, foundLate: X };
const down = { duration: X, missedRuns: 5 };
const run = { duration: X, exitStatus: 3 };

/** Samples that reach every branch of every function in the catalogue, by its place. */
const samples = {
  'mail.invitation': (t) => Object.values(t.mail.invitation(X, X)),
  'page.setup.password': (t) => [t.page.setup.password(10)],
  andMore: (t) => [t.andMore(5)],
  // A time alone has no words in it, and a zone stands by itself.
  'moment.bare': (t) => [t.moment.bare(dated)],
  'moment.at': (t) => [t.moment.at(today), t.moment.at(dated)],
  'moment.span': (t) => [t.moment.span({ ...over, isOneDay: false })],
  'moment.inZone': () => [],
  'cause.missed': (t) => [
    t.cause.missed(slot),
    t.cause.missed({ ...slot, lastSuccess: null, foundLate: null }),
    t.cause.missed({ ...slot, blind }),
    t.cause.missed({ ...slot, blind, lastSuccess: null }),
  ],
  'cause.notStarted': (t) => [t.cause.notStarted(slot)],
  'cause.failed': (t) => [
    t.cause.failed({ ...cause, failed: today, exitStatus: 3, duration: X, streak: 3 }),
    t.cause.failed({ ...cause, failed: today, exitStatus: null, duration: null, streak: 1, blind }),
  ],
  'cause.overran': (t) => [
    t.cause.overran({ ...cause, started: today, running: X, limit: X, usual: null, foundLate: null }),
    t.cause.overran({ ...cause, started: today, running: X, limit: X, usual: X, foundLate: X, blind }),
  ],
  'resolution.recovered': (t) => [t.resolution.recovered(down), t.resolution.recovered({ ...down, missedRuns: 0 })],
  'resolution.withdrawn': (t) => [t.resolution.withdrawn()],
  'resolution.paused': (t) => [t.resolution.paused(down)],
  'resolution.deleted': (t) => [t.resolution.deleted(down)],
  'run.open': (t) => [t.run.open(run)],
  'run.succeeded': (t) => [t.run.succeeded(run)],
  'run.finishedLate': (t) => [t.run.finishedLate(run)],
  'run.failed': (t) => [t.run.failed(run)],
  'run.timedOut': (t) => [t.run.timedOut(run)],
  'run.abandoned': (t) => [t.run.abandoned()],
  'run.unknown': (t) => [t.run.unknown()],
  'run.slotSkipped': (t) => [t.run.slotSkipped()],
  'run.slotUnknown': (t) => [t.run.slotUnknown()],
  'title.missed': (t) => [t.title.missed(X, today), t.title.missed(X, null), t.title.missed(X, over.from)],
  'title.notStarted': (t) => [t.title.notStarted(X, today)],
  'title.failed': (t) => [t.title.failed(X, null, 1), t.title.failed(X, 3, 2)],
  'title.overran': (t) => [t.title.overran(X, X)],
  'title.stillDown': (t) => [t.title.stillDown(X, X)],
  'title.recovered': (t) => [t.title.recovered(X, X)],
  'title.withdrawn': (t) => [t.title.withdrawn(X)],
  'title.paused': (t) => [t.title.paused(X)],
  'title.deleted': (t) => [t.title.deleted(X)],
  'title.merged': (t) => [t.title.merged(X, X, true), t.title.merged(X, X, false)],
  'title.digest': (t) => [t.title.digest(2, 1, 5), t.title.digest(1, 0, 0), t.title.digest(0, 0, 2)],
  'title.digestTotal': (t) => [t.title.digestTotal(1), t.title.digestTotal(530)],
  'title.neverHeard': (t) => [t.title.neverHeard(X)],
  'title.neverHeardMany': (t) => [t.title.neverHeardMany(2), t.title.neverHeardMany(21)],
  'title.gap': (t) => [t.title.gap(X, X), t.title.gap(X, null)],
  'title.channelBroken': (t) => [t.title.channelBroken(X)],
  'title.test': (t) => [t.title.test(X)],
  // Some of these are nothing but the name and the cause's own words, which come from above.
  'notice.opened': (t) => [t.notice.opened(X, 'missed', X), t.notice.opened(X, 'not_started', X)],
  'notice.digestQuiet': (t) => [t.notice.digestQuiet(1), t.notice.digestQuiet(5)],
  'notice.stillDown': (t) => [t.notice.stillDown(X, X, X)],
  'notice.recovered': () => [],
  'notice.closed': () => [],
  'notice.merged': (t) => [t.notice.merged(X, X, X, X)],
  'notice.digest': (t) => [t.notice.digest(1), t.notice.digest(22)],
  'notice.neverHeard': (t) => [t.notice.neverHeard(X, X)],
  'notice.neverHeardMany': (t) => [t.notice.neverHeardMany(2), t.notice.neverHeardMany(21)],
  'notice.gap': (t) => [t.notice.gap(X, X, X), t.notice.gap(X, X, null)],
  'notice.channelBroken': (t) => [t.notice.channelBroken(X, X, X)],
  'notice.test': (t) => [t.notice.test(X)],
  'notice.late': (t) => [
    t.notice.late(X, null),
    t.notice.late(X, { type: 'site_dark' }),
    t.notice.late(X, { type: 'unavailable', service: X }),
    t.notice.late(X, { type: 'rate_limited', service: X }),
  ],
  'notice.siteDark': (t) => [t.notice.siteDark(X, 0), t.notice.siteDark(X, 1), t.notice.siteDark(X, 12)],
  'notice.siteLit': (t) => [t.notice.siteLit(X, 0, 0), t.notice.siteLit(X, 3, 1), t.notice.siteLit(X, 1, 5)],
  'fact.site': (t) => [t.fact.site(X, 1), t.fact.site(X, 12)],
  'fact.expected': (t) => [t.fact.expected(X, X)],
  'fact.expectedStart': (t) => [t.fact.expectedStart(X, X)],
  'fact.limit': (t) => [t.fact.limit(X)],
  'fact.usual': (t) => [t.fact.usual(X, X)],
  'fact.took': (t) => [t.fact.took(X, X)],
  'fact.monitors': (t) => [t.fact.monitors(1), t.fact.monitors(3)],
  'summary.title': (t) => [
    t.summary.title({ period: 'day', isCalm: true, success: X, incidents: 0, down: 0 }),
    t.summary.title({ period: 'week', isCalm: false, success: X, incidents: 3, down: 2 }),
    t.summary.title({ period: 'week', isCalm: false, success: null, incidents: 0, down: 0 }),
  ],
  'summary.sentence': (t) => [
    t.summary.sentence({ isCalm: true, when: X, success: X, incidents: X, uptime: X }),
    t.summary.sentence({
      isCalm: false,
      when: X,
      success: t.summary.nothingDue,
      incidents: t.summary.incidents(0, X),
      uptime: null,
    }),
  ],
  'summary.success': (t) => [t.summary.success(1, 1, X), t.summary.success(20, 22, X)],
  'summary.incidents': (t) => [t.summary.incidents(0, X), t.summary.incidents(5, X)],
  'summary.uptime': (t) => [t.summary.uptime(X)],
  'summary.monitors': (t) => [t.summary.monitors({ up: 1, down: 2, paused: 3, new: 4 })],
  'summary.line.incident': (t) => [t.summary.line.incident(X, X, true), t.summary.line.incident(X, X, false)],
  'summary.line.slowest': (t) => [t.summary.line.slowest(X, X, 3)],
  'summary.line.growing': (t) => [t.summary.line.growing(X, X, X, X)],
  'summary.line.neverHeard': (t) => [t.summary.line.neverHeard(X, X)],
  'summary.line.moreNeverHeard': (t) => [t.summary.line.moreNeverHeard(3)],
  'summary.line.noisy': (t) => [t.summary.line.noisy(X, 3)],
  'summary.line.channelBroken': (t) => [t.summary.line.channelBroken(X)],
  'summary.line.channelFails': (t) => [t.summary.line.channelFails(X, 1, 21)],
  'summary.line.moreChannelsFail': (t) => [t.summary.line.moreChannelsFail(3)],
  'summary.line.channelUnused': (t) => [t.summary.line.channelUnused(X)],
  'summary.missed.title': (t) => [t.summary.missed.title(0), t.summary.missed.title(2)],
  'summary.missed.sentence': (t) => [t.summary.missed.sentence(0, 5), t.summary.missed.sentence(1, 21)],
  'summary.missed.line': () => [],
  'linking.linked': (t) => [t.linking.linked(X)],
  'linking.alreadyLinked': (t) => [t.linking.alreadyLinked(X)],
  'page.status.someDown': (t) => [t.page.status.someDown(1, 2), t.page.status.someDown(2, 5)],
  'page.status.downSince': (t) => [t.page.status.downSince(X, X)],
  'page.status.backAt': (t) => [t.page.status.backAt(X, X, X)],
  'page.status.uptime': (t) => [t.page.status.uptime(X, 1), t.page.status.uptime(X, 90)],
  'page.status.bars': (t) => [t.page.status.bars(1), t.page.status.bars(90)],
  'page.status.badDay': (t) => [t.page.status.badDay('12', '5')],
  'page.status.daysAgo': (t) => [t.page.status.daysAgo(1), t.page.status.daysAgo(90)],
  'page.status.updated': (t) => [t.page.status.updated(X)],
  'page.unsubscribe.explanation': (t) => [t.page.unsubscribe.explanation(X, X)],
  'page.unsubscribe.done': (t) => [t.page.unsubscribe.done(X)],
} satisfies Readonly<Record<string, (t: Texts) => readonly string[]>>;

/** Every leaf of a catalogue by its place: the string itself, or what its samples say. */
function leaves(language: Language): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (value: unknown, place: string): void => {
    if (typeof value === 'string') found.set(place, [value]);
    else if (typeof value === 'function') {
      const sample: ((t: Texts) => readonly string[]) | undefined = Object.entries(samples).find(
        ([key]) => key === place,
      )?.[1];
      assert.ok(sample, `${place} has no sample in this test`);
      found.set(place, sample(texts(language)));
    } else {
      for (const [key, field] of Object.entries(value ?? {})) visit(field, place === '' ? key : `${place}.${key}`);
    }
  };
  const { language: name, ...rest } = texts(language);
  assert.equal(name, language);
  visit(rest, '');
  return found;
}

test('everything Russian is Russian, with no English in it', () => {
  const found = leaves('ru');
  assert.ok(found.size > 80, 'the walk reaches the whole catalogue');
  for (const [place, sentences] of found) {
    for (const sentence of sentences) {
      assert.match(sentence, /[а-яё]/i, place);
      assert.doesNotMatch(sentence.replaceAll('API', ''), /[a-z]/i, place);
    }
  }
});

test('everything English is English, with no Russian in it', () => {
  for (const [place, sentences] of leaves('en')) {
    for (const sentence of sentences) {
      assert.match(sentence, /[a-z]/i, place);
      assert.doesNotMatch(sentence, /[а-яё]/i, place);
    }
  }
});

test('no sentence has a hole, a doubled mark or a loose space', () => {
  for (const language of ['en', 'ru'] as const) {
    for (const [place, sentences] of leaves(language)) {
      for (const sentence of sentences) {
        assert.doesNotMatch(sentence, /undefined|null|NaN|\[object| {2}|[,;:.]{2}|^[ ,;]|[ ,;]$| [,;.]/, place);
      }
    }
  }
});

test('numbers take the right form of their word', () => {
  const russian = (count: number) => pluralRu(count, 'запуск', 'запуска', 'запусков');
  assert.deepEqual([1, 21, 101].map(russian), ['запуск', 'запуск', 'запуск']);
  assert.deepEqual([2, 3, 4, 22].map(russian), ['запуска', 'запуска', 'запуска', 'запуска']);
  assert.deepEqual([0, 5, 11, 12, 14, 111].map(russian), Array(6).fill('запусков'));
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 111].map(ordinalEn), [
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '22nd',
    '23rd',
    '111th',
  ]);
});
