import { useCommonWords } from '../language/common.ts';
import { useLanguage } from '../language/provider.tsx';
import { formatDistance, formatDuration, formatExact, formatShort, viewerZone } from '../language/times.ts';
import { useNow } from '../lib/clock.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Past this a distance says less than the date. */
const DATE_FROM_MS = 60 * 24 * 3_600_000;

/** The exact time in the reader's zone, and in the monitor's where that is another one. */
export function exactTitle(at: number, language: 'en' | 'ru', zone?: string | null): string {
  const own = viewerZone();
  const mine = `${formatExact(at, language, own)} ${own}`;
  return zone && zone !== own ? `${mine}\n${formatExact(at, language, zone)} ${zone}` : mine;
}

interface TimeProps {
  /** RFC 3339; null reads as "never". */
  readonly at: string | null;
  /** The zone of the monitor that this is about. */
  readonly zone?: string | null | undefined;
  /** `relative`: "3 min ago"; `distance`: "3 min"; `exact`: date and time; `short`: "02:05" or "21 Nov 02:05". */
  readonly form?: 'relative' | 'distance' | 'exact' | 'short';
}

/** A point in time: relative, and exact on hover. */
export function Time({ at, zone, form = 'relative' }: TimeProps) {
  const { language } = useLanguage();
  const words = useCommonWords();
  const instant = at === null ? Number.NaN : Date.parse(at);
  const isNear = Math.abs(Date.now() - instant) < 2 * MINUTE_MS;
  const now = useNow(form === 'exact' || form === 'short' ? MINUTE_MS : isNear ? SECOND_MS : 10 * SECOND_MS);
  if (at === null || Number.isNaN(instant)) return <span className="text-quiet">{words.time.never}</span>;
  return (
    <time dateTime={at} title={exactTitle(instant, language, zone)} className="whitespace-nowrap">
      {text()}
    </time>
  );

  function text(): string {
    const away = instant - now;
    if (form === 'exact') return formatExact(instant, language);
    if (form === 'short') return formatShort(instant, language);
    if (form === 'distance') return formatDistance(away, language);
    if (Math.abs(away) > DATE_FROM_MS) return formatShort(instant, language);
    const length = formatDistance(away, language);
    if (Math.abs(away) < SECOND_MS) return words.time.now;
    return away > 0 ? words.time.in(length) : words.time.ago(length);
  }
}

/** A measured length of time, "2 h 05 min"; null reads as a dash. */
export function Duration({ seconds }: { readonly seconds: number | null }) {
  const { language } = useLanguage();
  if (seconds === null) return <span className="text-quiet">–</span>;
  return <span className="whitespace-nowrap">{formatDuration(seconds * SECOND_MS, language)}</span>;
}
