const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** What the clock of a zone shows, as the field for date and time wants it: "2026-11-21T02:05". */
export function wallTime(at: number, timeZone: string): string {
  const parts = Object.fromEntries(
    format(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

const WALL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/;

/** The clock as if it were that of UTC; NaN for what is no such time. */
function asUtc(wall: string): number {
  const [, year = '', month = '', day = '', hour = '', minute = ''] = WALL.exec(wall) ?? [];
  if (year === '') return Number.NaN;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
}

/**
 * When the clock of a zone shows this; null for what is no time. Of an hour that comes twice the first one; in one that
 * is left out the time that the clock would have shown without the change.
 */
export function instantOfWall(wall: string, timeZone: string): number | null {
  const shown = asUtc(wall);
  if (Number.isNaN(shown)) return null;
  const offset = (at: number) => asUtc(wallTime(at, timeZone)) - at;
  // The offsets of the day before and the day after: where they differ the clock changes in between.
  const [before, after] = [offset(shown - 86_400_000), offset(shown + 86_400_000)];
  const candidates = [shown - before, shown - after].filter((at) => asUtc(wallTime(at, timeZone)) === shown);
  return candidates.length === 0 ? shown - before : Math.min(...candidates);
}
