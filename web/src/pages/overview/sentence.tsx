import { useLostSince } from '../../api/live.tsx';
import type { MonitorRow, Overview } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDistance, formatShort } from '../../language/times.ts';
import { useNow } from '../../lib/clock.ts';
import { PageLink } from '../../ui/link.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { countStatuses } from './filters.ts';

/** Of those that are down the sentence names so many. */
const MAX_NAMED = 3;

/** What the sentence is made of: said by the server, or read from the list where the server does not say it. */
export function overviewOf(said: Overview | null | undefined, monitors: readonly MonitorRow[]): Overview {
  if (said !== null && said !== undefined) return said;
  const down = monitors.flatMap(({ id, name, incident }) =>
    incident === null ? [] : [{ id, name, since: incident.opened_at, cause: incident.cause }],
  );
  const last = monitors
    .map(({ last_signal_at: at }) => at ?? '')
    .reduce((one, other) => (one > other ? one : other), '');
  return { counts: countStatuses(monitors), last_signal_at: last === '' ? null : last, down, blind: null };
}

/** One sentence first: is all well, and if not, what is broken and since when. */
export function Sentence({ overview }: { readonly overview: Overview }) {
  const words = useMonitorWords();
  const { counts, down, blind } = overview;
  const { language } = useLanguage();
  const isWell = counts.down === 0;
  const lostSince = useLostSince();
  const known =
    counts.down > 0 ? 'down' : counts.late > 0 ? 'late' : counts.up > 0 ? 'up' : counts.new > 0 ? 'new' : 'paused';
  const sign = lostSince === null ? known : 'unknown';
  const short = (at: string) => formatShort(Date.parse(at), language);
  return (
    <span className="flex flex-col gap-1.5">
      <span className="flex items-start gap-3">
        <span className="mt-1.5">
          <StatusShape status={sign} size={18} isDecoration />
        </span>
        <span className="min-w-0 break-words">
          {lostSince !== null && <>{words.sentence.lost(formatShort(lostSince, language))} </>}
          {isWell ? lostSince === null && <Well overview={overview} /> : <Down overview={overview} />}
          {counts.late > 0 && (
            <>
              {' '}
              <PageLink to="/?status=late" className="text-text whitespace-nowrap no-underline hover:underline">
                {words.sentence.late(counts.late)}
              </PageLink>
              .
            </>
          )}
        </span>
      </span>
      {blind !== null && (
        <span className="flex items-center gap-3 text-sm font-normal text-quiet">
          <StatusShape status="unknown" size={18} isDecoration />
          {blind.to === null
            ? words.sentence.blindNow(short(blind.from))
            : words.sentence.blind(short(blind.from), short(blind.to))}
        </span>
      )}
      {down.length > MAX_NAMED && <span className="sr-only">{down.map(({ name }) => name).join(', ')}</span>}
    </span>
  );
}

function Well({ overview: { counts, last_signal_at: last } }: { readonly overview: Overview }) {
  const { sentence } = useMonitorWords();
  const { up, late, paused, new: fresh } = counts;
  const all = up + late + paused + fresh;
  if (up + late === 0) return fresh > 0 ? sentence.onlyNew(fresh) : sentence.allPaused(paused);
  if (last === null) return sentence.wellNoSignal(all);
  return (
    <>
      {sentence.wellStart(all)} <Time at={last} />.
    </>
  );
}

function Down({ overview: { counts, down } }: { readonly overview: Overview }) {
  const { sentence, cause } = useMonitorWords();
  const { language } = useLanguage();
  const now = useNow();
  const named = down.slice(0, MAX_NAMED);
  const more = counts.down - named.length;
  return (
    <>
      {sentence.down(counts.down)}:{' '}
      {named.map((each, index) => (
        <span key={each.id}>
          {index > 0 && ', '}
          <PageLink to={`/monitors/${each.id}`} className="text-text no-underline hover:underline">
            {each.name}
          </PageLink>
          <span className="font-normal text-quiet">
            {' '}
            ({cause[each.cause.code]}, {formatDistance(now - Date.parse(each.since), language)})
          </span>
        </span>
      ))}
      {more > 0 && ` ${sentence.others(more)}`}.
    </>
  );
}
