import type { Instant } from '../instant.ts';

/** A stretch of time in which a zone's clock is not changed; `start` belongs to it, `end` does not. */
export interface ZoneSegment {
  readonly start: Instant;
  readonly end: Instant;
  /** Local time minus UTC, milliseconds, east is positive. */
  readonly offsetMs: number;
  /** The same before `start` and from `end` on; equal to `offsetMs` where there is no change. */
  readonly offsetBeforeMs: number;
  readonly offsetAfterMs: number;
}

export interface Zone {
  /** The stretch that the instant lies in; instants of the years 1970 to 2200. */
  segmentAt(instant: Instant): ZoneSegment;
}

const MAX_NAME_CHARACTERS = 64;
/** Starts with a letter: Temporal takes `+03:00` as well, which follows no clock change and is no name. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

/** Whether this is a name of the IANA time zone database, an alias such as `Europe/Kiev` included. */
export function isZoneName(name: string): boolean {
  if (name.length > MAX_NAME_CHARACTERS || !NAME.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Looks around a moment are nearly always at the same stretch and the one behind it. */
const REMEMBERED_SEGMENTS = 2;

/** The clock of a zone whose name `isZoneName` accepts. It remembers what it was asked last. */
export function createZone(name: string): Zone {
  let remembered: readonly ZoneSegment[] = [];
  return {
    segmentAt(instant) {
      for (const segment of remembered) {
        if (instant >= segment.start && instant < segment.end) return segment;
      }
      const segment = findSegment(name, instant);
      remembered = [segment, ...remembered].slice(0, REMEMBERED_SEGMENTS);
      return segment;
    },
  };
}

function findSegment(name: string, instant: Instant): ZoneSegment {
  const here = localTime(name, instant);
  // "previous" is strictly before, and a change at this very instant is the beginning of this stretch.
  const previous = localTime(name, instant + 1).getTimeZoneTransition('previous');
  const next = here.getTimeZoneTransition('next');
  const offsetMs = offsetOf(here);
  return {
    start: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    end: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs,
    offsetBeforeMs: previous ? offsetOf(localTime(name, previous.epochMilliseconds - 1)) : offsetMs,
    offsetAfterMs: next ? offsetOf(next) : offsetMs,
  };
}

function localTime(name: string, instant: Instant): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name);
}

function offsetOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / 1_000_000;
}
