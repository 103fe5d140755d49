import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from './catalogue.ts';
import { knownZone, moment, type SecondsShown, span } from './moments.ts';

const at = (text: string) => Date.parse(text);

interface Row {
  readonly at: string;
  readonly now: string;
  readonly zone: string;
  readonly seconds?: SecondsShown;
  readonly en: string;
  readonly ru: string;
}

const rows: readonly Row[] = [
  {
    at: '2026-11-12T23:03:11Z',
    now: '2026-11-12T23:05:00Z',
    zone: 'UTC',
    en: '23:03:11|at 23:03:11',
    ru: '23:03:11|в 23:03:11',
  },
  // Midnight in Moscow is 21:00 UTC: one second before it is yesterday there, though one day in UTC.
  {
    at: '2026-11-12T20:59:59Z',
    now: '2026-11-12T21:00:00Z',
    zone: 'Europe/Moscow',
    en: 'yesterday 23:59:59|yesterday at 23:59:59',
    ru: 'вчера 23:59:59|вчера в 23:59:59',
  },
  {
    at: '2026-11-12T21:00:00Z',
    now: '2026-11-13T20:59:59Z',
    zone: 'Europe/Moscow',
    en: '00:00:00|at 00:00:00',
    ru: '00:00:00|в 00:00:00',
  },
  // Two calendar days apart, though little more than 24 hours.
  {
    at: '2026-11-11T20:59:59Z',
    now: '2026-11-12T21:00:00Z',
    zone: 'Europe/Moscow',
    en: '11 Nov 23:59|on 11 Nov at 23:59',
    ru: '11 ноября 23:59|11 ноября в 23:59',
  },
  {
    at: '2026-11-13T03:00:00Z',
    now: '2026-11-13T02:00:00Z',
    zone: 'America/New_York',
    seconds: 'when_set',
    en: '22:00|at 22:00',
    ru: '22:00|в 22:00',
  },
  {
    at: '2026-11-13T05:00:00Z',
    now: '2026-11-13T04:59:00Z',
    zone: 'America/New_York',
    seconds: 'when_set',
    en: 'tomorrow 00:00|tomorrow at 00:00',
    ru: 'завтра 00:00|завтра в 00:00',
  },
  // The day on which clocks go forward has 23 hours, the one on which they go back 25.
  {
    at: '2026-03-28T23:30:00Z',
    now: '2026-03-29T22:30:00Z',
    zone: 'Europe/Berlin',
    en: 'yesterday 00:30:00|yesterday at 00:30:00',
    ru: 'вчера 00:30:00|вчера в 00:30:00',
  },
  {
    at: '2026-03-29T01:00:00Z',
    now: '2026-03-29T12:00:00Z',
    zone: 'Europe/Berlin',
    seconds: 'when_set',
    en: '03:00|at 03:00',
    ru: '03:00|в 03:00',
  },
  {
    at: '2026-10-24T22:00:00Z',
    now: '2026-10-25T22:59:59Z',
    zone: 'Europe/Berlin',
    en: '00:00:00|at 00:00:00',
    ru: '00:00:00|в 00:00:00',
  },
  {
    at: '2026-01-01T00:30:00Z',
    now: '2026-11-12T12:00:00Z',
    zone: 'America/New_York',
    en: '31 Dec 2025 19:30|on 31 Dec 2025 at 19:30',
    ru: '31 декабря 2025 года 19:30|31 декабря 2025 года в 19:30',
  },
  // The last day of last year is yesterday, not a date with a year.
  {
    at: '2025-12-31T12:00:00Z',
    now: '2026-01-01T12:00:00Z',
    zone: 'UTC',
    seconds: 'never',
    en: 'yesterday 12:00|yesterday at 12:00',
    ru: 'вчера 12:00|вчера в 12:00',
  },
  {
    at: '2026-11-12T12:00:07Z',
    now: '2026-11-12T13:00:00Z',
    zone: 'UTC',
    seconds: 'when_set',
    en: '12:00:07|at 12:00:07',
    ru: '12:00:07|в 12:00:07',
  },
  {
    at: '2026-11-12T12:00:00Z',
    now: '2026-11-12T13:00:00Z',
    zone: 'Nowhere/Atlantis',
    en: '12:00:00|at 12:00:00',
    ru: '12:00:00|в 12:00:00',
  },
];

test('an instant is told relative to the reader, on the clock of the zone', () => {
  for (const row of rows) {
    const seen = moment(at(row.at), row.zone, at(row.now), row.seconds ?? 'always');
    for (const language of ['en', 'ru'] as const) {
      const words = texts(language).moment;
      assert.equal(`${words.bare(seen)}|${words.at(seen)}`, row[language], `${row.at} in ${row.zone}`);
    }
  }
});

test('a span says its day once, and both days when midnight lies between', () => {
  const now = at('2026-11-13T12:00:00Z');
  const cases = [
    ['2026-11-13T14:02:00+03:00', '2026-11-13T14:20:00+03:00', '14:02–14:20', '14:02–14:20'],
    ['2026-11-12T14:02:00+03:00', '2026-11-12T14:20:00+03:00', 'yesterday 14:02–14:20', 'вчера 14:02–14:20'],
    [
      '2026-11-12T23:50:00+03:00',
      '2026-11-13T00:10:00+03:00',
      'yesterday 23:50 – today 00:10',
      'вчера 23:50 – сегодня 00:10',
    ],
    ['2026-11-13T14:02:03+03:00', '2026-11-13T14:02:41+03:00', '14:02:03–14:02:41', '14:02:03–14:02:41'],
    [
      '2025-11-09T23:50:00+03:00',
      '2026-11-10T00:10:00+03:00',
      '9 Nov 2025 23:50 – 10 Nov 00:10',
      '9 ноября 2025 года 23:50 – 10 ноября 00:10',
    ],
  ] as const;
  for (const [from, to, english, russian] of cases) {
    const seen = span(at(from), at(to), 'Europe/Moscow', now);
    assert.equal(texts('en').moment.span(seen), english);
    assert.equal(texts('ru').moment.span(seen), russian);
  }
});

test('a zone that is none is read as UTC, a whole date-time is no zone', () => {
  assert.equal(knownZone('Europe/Moscow'), 'Europe/Moscow');
  assert.equal(knownZone('+03:00'), '+03:00');
  for (const bad of ['', 'Mars/Olympus', '2026-01-01T00:00+03:00', 'Europe/Moscow\n', 'x'.repeat(200)]) {
    assert.equal(knownZone(bad), 'UTC');
  }
});

test('instants that no calendar knows are shown, not thrown', () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.7e15, 0.5]) {
    assert.match(texts('en').moment.bare(moment(odd, 'UTC', odd, 'always')), /\d\d:\d\d/);
    assert.match(texts('en').moment.span(span(odd, 0, 'UTC', 0)), /\d\d:\d\d/);
  }
});
