/**
 * A second opinion for tests: slow, plain, minute by minute, and without any code of the implementation. What a
 * schedule means is handed in as a predicate, so that no parser is shared either.
 */

const MINUTE = 60_000;

/** What a local clock and calendar show. `weekday` is 0 (Sunday) … 6. */
export interface LocalMinute {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

export type Meaning = (time: LocalMinute) => boolean;

export interface OracleSlot {
  readonly at: number;
  readonly latestAt: number;
}

/** Slots that follow real time: every minute whose local reading matches. `from` is exclusive, `to` inclusive. */
export function realTimeSlots(zone: string, means: Meaning, from: number, to: number): OracleSlot[] {
  const slots: OracleSlot[] = [];
  for (let at = Math.floor(from / MINUTE) * MINUTE + MINUTE; at <= to; at += MINUTE) {
    const { year, month, day, dayOfWeek, hour, minute } = localTime(zone, at);
    if (means({ year, month, day, weekday: dayOfWeek % 7, hour, minute })) slots.push({ at, latestAt: at });
  }
  return slots;
}

/** How far local and universal time may be apart, and a day more. */
const MARGIN = 50 * 60 * MINUTE;
/** From here on a jump of the clock is no daylight saving. */
const LARGE_GAP = 180 * MINUTE;

/**
 * Slots at fixed local times, once each: read off every minute of the local clock face, asking where in real time it
 * lies. `second` is added to each. A time in a gap is either dropped or moved to the end of the gap.
 */
export function fixedSlots(
  zone: string,
  means: Meaning,
  from: number,
  to: number,
  gap: 'moves' | 'drops',
  second = 0,
): OracleSlot[] {
  const slots = new Map<number, OracleSlot>();
  const first = Math.floor((from - MARGIN) / MINUTE) * MINUTE;
  for (let face = first; face <= to + MARGIN; face += MINUTE) {
    const date = new Date(face);
    const time: LocalMinute = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
    };
    const slot = means(time) ? locate(zone, { ...time, second }, gap) : null;
    // Several times of one gap meet at its end; the latest of the rest is never earlier.
    if (slot && slot.at > from && slot.at <= to) slots.set(slot.at, slot);
  }
  return [...slots.values()].sort((a, b) => a.at - b.at);
}

function locate(zone: string, time: LocalMinute & { second: number }, gap: 'moves' | 'drops'): OracleSlot | null {
  const { year, month, day, hour, minute, second } = time;
  const wanted = new Temporal.PlainDateTime(year, month, day, hour, minute, second);
  const earlier = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wanted.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.toPlainDateTime().equals(wanted)) {
    return { at: earlier.epochMilliseconds, latestAt: later.epochMilliseconds };
  }
  const length = later.epochMilliseconds - earlier.epochMilliseconds;
  if (gap === 'drops' || length >= LARGE_GAP) return null;
  let end = Math.floor(earlier.epochMilliseconds / MINUTE) * MINUTE;
  while (Temporal.PlainDateTime.compare(localTime(zone, end).toPlainDateTime(), wanted) < 0) end += MINUTE;
  return { at: end, latestAt: end };
}

function localTime(zone: string, at: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}
