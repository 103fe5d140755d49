import type { Maintenance } from '../../api/maintenance-facts.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatSpan, viewerZone } from '../../language/times.ts';
import { usePreview } from '../monitors/schedule-field.tsx';

interface SpansProps {
  readonly repeat: NonNullable<Maintenance['repeat']>;
}

/** The next times of one that repeats, in its zone. */
export function NextSpans({ repeat }: SpansProps) {
  const { schedule, duration_seconds: seconds } = repeat;
  const isCalendar = schedule.type !== 'period';
  const { data } = usePreview(
    isCalendar ? { type: schedule.type, expression: schedule.expression, timezone: schedule.timezone } : null,
  );
  if (data === undefined || !isCalendar) return null;
  return <Spans runs={data.runs} seconds={seconds} zone={schedule.timezone} />;
}

interface ListProps {
  readonly runs: readonly { readonly at: string; readonly clock_change: boolean }[];
  readonly seconds: number;
  readonly zone: string;
}

/** From when to when, one below the other; where the reader lives in another zone, in theirs beside it. */
export function Spans({ runs, seconds, zone }: ListProps) {
  const words = useMaintenanceWords();
  const form = useFormWords();
  const { language } = useLanguage();
  const own = viewerZone();
  return (
    <div>
      <p className="text-xs text-quiet">
        {words.nextTimes}, {zone}
      </p>
      <ol className="mt-0.5 flex flex-col">
        {runs.map(({ at, clock_change: isChange }) => {
          const from = Date.parse(at);
          const to = from + seconds * 1_000;
          return (
            <li key={at} className="flex flex-wrap gap-x-3">
              <span>{formatSpan(from, to, language, zone)}</span>
              {own !== zone && (
                <span className="text-quiet">
                  {formatSpan(from, to, language, own)} {own}
                </span>
              )}
              {isChange && <span className="text-late">{form.clockChange}</span>}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
