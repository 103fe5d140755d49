import type { SummarySchedule } from '../../api/summaries.ts';
import { useSummaryWords } from '../../language/summaries.ts';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

/** Whether it is sent, and when next. */
export function ScheduleState({ schedule }: { readonly schedule: SummarySchedule }) {
  const words = useSummaryWords();
  const { enabled, next_at: nextAt, last_at: lastAt, timezone } = schedule;
  return (
    <p className="flex flex-wrap items-center gap-x-2">
      <StatusShape status={enabled ? 'up' : 'paused'} isDecoration />
      {enabled ? (
        <span>
          {words.next} <Time at={nextAt} zone={timezone} />
        </span>
      ) : (
        words.off
      )}
      {lastAt !== null && (
        <span className="text-quiet">
          · {words.last} <Time at={lastAt} zone={timezone} />
        </span>
      )}
    </p>
  );
}
