const DAY_MINUTES = 24 * 60;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** The minute of the day that "22:05" is; null for what is no time of day. */
function minuteOf(time: string): number | null {
  const [, hours, minutes] = TIME.exec(time) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

export const isTimeOfDay = (text: string): boolean => minuteOf(text) !== null;

/** How long quiet hours are by the clock, in seconds; null where they are none. */
export function quietSeconds(from: string, to: string): number | null {
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  if (begin === null || end === null || begin === end) return null;
  return ((end - begin + DAY_MINUTES) % DAY_MINUTES) * 60;
}

/** Whether the clock stands inside quiet hours; their beginning belongs to them, their end not. */
export function isQuietAt(from: string, to: string, clock: string): boolean {
  return from < to ? clock >= from && clock < to : clock >= from || clock < to;
}
