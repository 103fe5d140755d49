import type { ReactNode } from 'react';
import { shownStatus } from '../../api/shown-status.ts';
import type { Monitor, Signal } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDistance, formatDuration, formatShort } from '../../language/times.ts';
import { useNow } from '../../lib/clock.ts';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { zoneOf } from '../overview/row.tsx';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** How it stands, in one sentence with the numbers in it. */
export function StateSentence({ monitor }: { readonly monitor: Monitor }) {
  const { story } = useMonitorPageWords();
  const status = shownStatus(monitor);
  const heads = {
    down: story.downNow,
    late: story.late,
    up: monitor.running ? story.running : story.up,
    new: monitor.running ? story.running : story.fresh,
    paused: story.paused,
  } as const;
  return (
    <div className="flex items-start gap-3">
      <span className="mt-1">
        <StatusShape status={status} size={20} isDecoration />
      </span>
      <div className="min-w-0">
        <p className="text-base break-words">
          <strong className="font-semibold">{heads[status]}: </strong>
          <Detail monitor={monitor} />
        </p>
        {monitor.fault !== null && <p className="text-down">{story.fault(monitor.fault)}</p>}
      </div>
    </div>
  );
}

function Detail({ monitor }: { readonly monitor: Monitor }): ReactNode {
  const { story } = useMonitorPageWords();
  const { time } = useCommonWords();
  const { language } = useLanguage();
  const now = useNow();
  const relative = (at: string) => {
    const away = Date.parse(at) - now;
    const distance = formatDistance(away, language);
    return away > 0 ? time.in(distance) : time.ago(distance);
  };
  const short = (at: string) => formatShort(Date.parse(at), language);
  const { status, late, incident, paused, running, learned_limit: learned } = monitor;
  const { next_expected_at: next, due_at: due, last_signal_at: heard, last_success_at: success } = monitor;
  if (status === 'down' && incident !== null) {
    return (
      <>
        {incident.cause.text}.{' '}
        <span className="text-quiet">
          {story.down(formatDistance(now - Date.parse(incident.opened_at), language))}.
        </span>
      </>
    );
  }
  if (status === 'paused') {
    if (paused?.mode === 'until_success') return story.pausedSuccess;
    const until = paused?.until ?? null;
    return until === null ? story.pausedByHand : story.pausedUntil(short(until));
  }
  if (late && next !== null && due !== null) return story.lateText(relative(next), `${short(due)} (${relative(due)})`);
  if (running && heard !== null) {
    const length = story.runningText(formatDistance(now - Date.parse(heard), language));
    const usual = learned === null ? '' : `, ${story.usual(formatDuration(learned.usual_seconds * 1_000, language))}`;
    return `${length}${usual}.`;
  }
  const expected = next === null ? null : `${relative(next)}, ${short(next)}`;
  if (status === 'new') {
    if (heard !== null) return story.upText(relative(heard), expected);
    return next === null ? story.freshText : story.freshArmed(expected ?? '');
  }
  return success === null && heard === null
    ? story.neverUp(expected)
    : story.upText(relative(heard ?? success ?? ''), expected);
}

/** The same time in the monitor's zone, where that reads differently. */
export function There({ at, zone }: { readonly at: string; readonly zone: string | null }) {
  const { language } = useLanguage();
  if (zone === null) return null;
  const there = formatShort(Date.parse(at), language, zone);
  if (there === formatShort(Date.parse(at), language)) return null;
  return (
    <span className="text-quiet">
      {' '}
      ({there} {zone})
    </span>
  );
}

interface ExpectedProps {
  readonly monitor: Monitor;
  readonly last: Signal | undefined;
}

/** Expected and got, side by side, while something is wrong. */
export function ExpectedVersusGot({ monitor, last }: ExpectedProps) {
  const words = useMonitorPageWords();
  const { incident } = monitor;
  if (incident === null && !monitor.late) return null;
  const data = incident?.cause.data ?? {};
  const expectedAt =
    typeof data.expected_at === 'string' ? data.expected_at : monitor.late ? monitor.next_expected_at : null;
  const deadline = incident?.opened_at ?? monitor.due_at;
  const zone = zoneOf(monitor);
  const isSilence = incident === null || incident.cause.code === 'missed' || incident.cause.code === 'not_started';
  return (
    <dl className="grid gap-x-8 gap-y-3 rounded-md border border-line bg-panel px-4 py-3.5 sm:grid-cols-2">
      <div>
        <dt className="text-xs text-quiet">{words.expected}</dt>
        <dd className="mt-0.5">
          {isSilence && expectedAt !== null ? (
            <>
              <Time at={expectedAt} zone={zone} form="short" />
              <There at={expectedAt} zone={zone} />
              {deadline !== null && (
                <span className="text-quiet">
                  , {words.by} <Time at={deadline} zone={zone} form="short" />
                </span>
              )}
            </>
          ) : (
            capital(monitor.schedule?.description ?? words.facts.byHand)
          )}
        </dd>
      </div>
      <div>
        <dt className="text-xs text-quiet">{words.got}</dt>
        <dd className="mt-0.5">
          {last === undefined ? (
            words.gotNothingEver
          ) : (
            <>
              {isSilence && `${words.gotNothing} `}
              {!isSilence &&
                `${words.signalKind[last.kind]}${last.exit_status === null ? '' : `, ${words.exit(last.exit_status)}`} · `}
              <Time at={last.at} zone={zone} form="short" />
              <span className="text-quiet">
                {' '}
                (<Time at={last.at} zone={zone} />)
              </span>
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}
