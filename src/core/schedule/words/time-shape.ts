import { ALL_HOURS, ALL_MINUTES, ALL_SECONDS, type CalendarFields } from '../fields.ts';

/** How the times of a day are best put into words. Clock times are `HH:MM` or `HH:MM:SS`. */
export type TimeShape =
  /** Evenly through the whole day; `from` is the first of them within the hour (minutes) or minute (seconds). */
  | { readonly kind: 'every'; readonly unit: 'second' | 'minute'; readonly step: number; readonly from: number }
  /** At the same minutes of every hour. */
  | { readonly kind: 'hourly'; readonly minutes: readonly number[] }
  /** A few times of day. */
  | { readonly kind: 'clock'; readonly times: readonly string[] }
  /** Evenly through a part of the day; `last` is null where it goes on until the day ends. */
  | {
      readonly kind: 'stepped';
      readonly unit: 'minute' | 'hour';
      readonly step: number;
      readonly first: string;
      readonly last: string | null;
    }
  /** Anything else, field by field; `minutes` is null for every minute. */
  | { readonly kind: 'lists'; readonly hours: readonly number[]; readonly minutes: readonly number[] | null };

export interface TimeWords {
  readonly shape: TimeShape;
  /** To be added when it is not at the full minute and the shape does not say so itself. */
  readonly seconds: readonly number[] | null;
}

/** More times of day than this are told as a pattern. */
const MAX_CLOCK_TIMES = 6;
/** Fewer than this are told one by one. */
const MIN_STEPPED_HOURS = 3;

/** The words to choose for the hours, minutes and seconds of some fields. Always true, not always short. */
export function timeWords(fields: CalendarFields): TimeWords {
  const { hours, minutes, seconds } = fields;
  const everySecond = hours.length === ALL_HOURS.length && minutes.length === ALL_MINUTES.length;
  const secondStep = evenStep(seconds, ALL_SECONDS.length);
  if (everySecond && secondStep !== null) {
    return { shape: { kind: 'every', unit: 'second', step: secondStep, from: seconds[0] ?? 0 }, seconds: null };
  }
  const [onlySecond] = seconds;
  const second = seconds.length === 1 && onlySecond !== undefined ? onlySecond : null;
  const shape = minuteShape(hours, minutes, second ?? 0);
  return { shape, seconds: second === 0 || (second !== null && shape.kind === 'clock') ? null : seconds };
}

function minuteShape(hours: readonly number[], minutes: readonly number[], second: number): TimeShape {
  const allHours = hours.length === ALL_HOURS.length;
  const minuteStep = evenStep(minutes, ALL_MINUTES.length);
  if (allHours && minuteStep !== null) {
    return { kind: 'every', unit: 'minute', step: minuteStep, from: minutes[0] ?? 0 };
  }
  if (allHours) return { kind: 'hourly', minutes };
  return (
    steppedShape(hours, minutes, minuteStep) ??
    clockShape(hours, minutes, second) ?? {
      kind: 'lists',
      hours,
      minutes: minutes.length === ALL_MINUTES.length ? null : minutes,
    }
  );
}

function steppedShape(
  hours: readonly number[],
  minutes: readonly number[],
  minuteStep: number | null,
): TimeShape | null {
  const first = clock(hours[0], minutes[0]);
  const last = clock(hours.at(-1), minutes.at(-1));
  const hourStep = linearStep(hours);
  if (minuteStep !== null && (hours.length === 1 || hourStep === 1)) {
    return { kind: 'stepped', unit: 'minute', step: minuteStep, first, last };
  }
  if (minutes.length !== 1 || hours.length < MIN_STEPPED_HOURS || hourStep === null) return null;
  const wholeDay = evenStep(hours, ALL_HOURS.length) !== null;
  return { kind: 'stepped', unit: 'hour', step: hourStep, first, last: wholeDay ? null : last };
}

function clockShape(hours: readonly number[], minutes: readonly number[], second: number): TimeShape | null {
  if (hours.length * minutes.length > MAX_CLOCK_TIMES) return null;
  const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute, second)));
  return { kind: 'clock', times };
}

function clock(hour = 0, minute = 0, second = 0): string {
  const parts = second === 0 ? [hour, minute] : [hour, minute, second];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** The distance between neighbours where it is the same everywhere; null for one value. */
export function linearStep(values: readonly number[]): number | null {
  const [first, second] = values;
  if (first === undefined || second === undefined) return null;
  const step = second - first;
  return values.every((value, index) => value === first + index * step) ? step : null;
}

/** The same around the end: the distance from the last to the first of the next `size` counts too. */
function evenStep(values: readonly number[], size: number): number | null {
  const step = linearStep(values);
  return step !== null && step * values.length === size ? step : null;
}
