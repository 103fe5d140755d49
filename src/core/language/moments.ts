import { type Instant, MINUTE_MS } from '../instant.ts';
import { writableInstant } from '../iso-instant.ts';
import type { Language } from './language.ts';
import type { Moment, Span } from './texts.ts';

/** For whom and when words are made: everything that a sentence depends on besides its subject. */
export interface Reader {
  readonly language: Language;
  /** IANA name; an unknown one is read as UTC. A cause with a zone of its own is told in that one. */
  readonly timezone: string;
  readonly now: Instant;
}

/** `always`: of a signal. `when_set`: of a schedule, where 02:00:00 reads as 02:00. `never`: in headlines. */
export type SecondsShown = 'always' | 'when_set' | 'never';

const FALLBACK_ZONE = 'UTC';
/** A span shorter than this shows its seconds. */
const SECONDS_IN_SPANS_BELOW_MS = 2 * MINUTE_MS;

function zoned(at: Instant, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(writableInstant(at)).toZonedDateTimeISO(timezone);
}

/** Temporal would also take a whole date-time for a zone; a sentence would then repeat it. */
const ZONE_NAME = /^(?:[A-Za-z][\w+/-]{0,63}|[+-]\d\d:\d\d)$/;

/** The zone if it is one, else UTC: a sentence must come out whatever an old row carries. */
export function knownZone(timezone: string): string {
  if (!ZONE_NAME.test(timezone)) return FALLBACK_ZONE;
  try {
    zoned(0, timezone);
    return timezone;
  } catch (error) {
    if (error instanceof RangeError) return FALLBACK_ZONE;
    throw error;
  }
}

const twoDigits = (number: number) => String(number).padStart(2, '0');

function timeOf(local: Temporal.ZonedDateTime, seconds: SecondsShown): string {
  const minutes = `${twoDigits(local.hour)}:${twoDigits(local.minute)}`;
  const isShown = seconds === 'always' || (seconds === 'when_set' && local.second > 0);
  return isShown ? `${minutes}:${twoDigits(local.second)}` : minutes;
}

function dayOf(local: Temporal.ZonedDateTime, today: Temporal.PlainDate): Moment['day'] {
  const date = local.toPlainDate();
  const distance = today.until(date, { largestUnit: 'day' }).days;
  if (distance === 0) return { type: 'today' };
  if (distance === -1) return { type: 'yesterday' };
  if (distance === 1) return { type: 'tomorrow' };
  return {
    type: 'date',
    dayOfMonth: date.day,
    month: date.month,
    year: date.year === today.year ? null : date.year,
  };
}

/**
 * A point in time as seen by a reader in `timezone`: the day relative to theirs, the time of day on the wall. Seconds
 * are left out of anything but today, yesterday and tomorrow.
 */
export function moment(at: Instant, timezone: string, now: Instant, seconds: SecondsShown): Moment {
  const zone = knownZone(timezone);
  const local = zoned(at, zone);
  const day = dayOf(local, zoned(now, zone).toPlainDate());
  return { day, time: timeOf(local, day.type === 'date' ? 'never' : seconds) };
}

/** A stretch of time in `timezone`, to the minute unless it is short. */
export function span(from: Instant, to: Instant, timezone: string, now: Instant): Span {
  const zone = knownZone(timezone);
  const today = zoned(now, zone).toPlainDate();
  const [start, end] = [zoned(from, zone), zoned(to, zone)];
  const seconds = Math.abs(to - from) < SECONDS_IN_SPANS_BELOW_MS ? 'always' : 'never';
  return {
    from: { day: dayOf(start, today), time: timeOf(start, seconds) },
    to: { day: dayOf(end, today), time: timeOf(end, seconds) },
    isOneDay: start.toPlainDate().equals(end.toPlainDate()),
  };
}
