import { quote, type Refusal, refuse } from './refusal.ts';

/** A cron expression without the zone that some dialects write before it. */
export interface Unprefixed {
  readonly expression: string;
  /** Null when no zone was written. */
  readonly timezone: string | null;
}

/** Takes `TZ=Europe/Moscow` or `CRON_TZ=…` off the front. The zone's name is not checked here. */
export function takeZonePrefix(expression: string): Unprefixed {
  const found = /^(?:CRON_)?TZ=(\S*)(?:\s+(.*))?$/is.exec(expression);
  if (!found) return { expression, timezone: null };
  return { expression: (found[2] ?? '').trim(), timezone: found[1] ?? '' };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };

/** Reads the seconds of `@every 1h30m`, as Go's cron writes it; null when the expression is something else. */
export function readEvery(expression: string): number | Refusal | null {
  const found = /^@every(?:\s+(.*))?$/is.exec(expression);
  if (!found) return null;
  const text = found[1] ?? '';
  const parts = text.match(/\d{1,9}[hms]/g) ?? [];
  if (text === '' || parts.join('') !== text) {
    return refuse(`@every takes whole hours, minutes and seconds, as in @every 1h30m, not ${quote(text)}`);
  }
  let seconds = 0;
  for (const part of parts) seconds += Number(part.slice(0, -1)) * (UNIT_SECONDS[part.slice(-1)] ?? 0);
  return seconds;
}
