import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { beatsQuery } from '../../api/monitors.ts';
import type { HistoryPart, Monitor, MonitorHistory } from '../../api/types.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDay, formatDayAndTime, formatDuration, formatShort, formatTime } from '../../language/times.ts';
import { serverNow, useNow } from '../../lib/clock.ts';
import { useRemembered } from '../../lib/remember.ts';
import { useIsPhone } from '../../lib/use-media.ts';
import { IconButton } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Segments } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Section } from '../../ui/page.tsx';
import { useDescribeBeat } from '../overview/beat-strip.tsx';
import { barsOf } from '../overview/beats.ts';
import { heightOf } from './history-bars.ts';
import { type LargeBar, LargeStrip } from './large-strip.tsx';
import { closer, moved, SCALES, windowUntil, ZOOMS, type Zoom, type ZoomWindow } from './zoom.ts';

const LARGE_BEATS = 90;
const PHONE_BEATS = 45;
/** What is shown up to now is asked anew sixty times while one part of it goes by, and not oftener or more seldom than this. */
const REFRESH_MS = 15_000;
const SELDOM_MS = 300_000;
const MINUTE_MS = 60_000;
const LABELS = 4;
const VIEWS = ['last', ...ZOOMS] as const;

/** The last results, large; or a day, a week, a month or a quarter of them. */
export function Results({ monitor }: { readonly monitor: Monitor }) {
  const words = useMonitorPageWords();
  const [view, setView] = useRemembered('zoom', VIEWS, 'last');
  /** Where the window ends; null: now, also when time goes on. */
  const [until, setUntil] = useState<number | null>(null);
  const now = useNow(MINUTE_MS);
  if (monitor.signal_count === 0 && monitor.incident === null) return null;
  const show = ({ zoom, to }: ZoomWindow) => {
    setView(zoom);
    setUntil(to > serverNow() ? null : to - 1);
  };
  const window = view === 'last' ? null : windowUntil(view, until ?? now);
  const choose = (next: (typeof VIEWS)[number]) => {
    setView(next);
    // Further away the same time stays at the end; nearer it is now that is wanted.
    if (next === 'last') setUntil(null);
  };
  return (
    <Section
      title={words.results}
      actions={
        <>
          {window !== null && (
            <span className="ml-auto flex">
              <IconButton label={words.zoom.earlier} onClick={() => show(moved(window, -1, now))}>
                <Icon name="left" />
              </IconButton>
              <IconButton
                label={words.zoom.later}
                disabled={window.to > now}
                onClick={() => show(moved(window, 1, now))}
              >
                <Icon name="right" />
              </IconButton>
            </span>
          )}
          <Segments
            label={words.zoom.label}
            value={view}
            options={VIEWS.map((value) => ({ value, label: words.zoom.views[value] }))}
            onChange={choose}
          />
        </>
      }
    >
      {window === null ? (
        <Last monitor={monitor} onOpen={show} />
      ) : (
        <Stretch monitor={monitor} window={window} now={now} onOpen={show} />
      )}
    </Section>
  );
}

interface LastProps {
  readonly monitor: Monitor;
  readonly onOpen: (window: ZoomWindow) => void;
}

function Last({ monitor, onOpen }: LastProps) {
  const words = useMonitorWords();
  const describe = useDescribeBeat();
  const isPhone = useIsPhone();
  const { data: beats = [] } = useQuery(beatsQuery(monitor.id, LARGE_BEATS));
  const places = isPhone ? PHONE_BEATS : LARGE_BEATS;
  const shown = beats.slice(-places);
  const bars = barsOf(shown).map(
    ({ beat, share }): LargeBar => ({
      key: `${beat.at} ${beat.outcome}`,
      outcome: beat.outcome,
      share,
      text: describe(beat),
      line: beat.first_line,
    }),
  );
  const bad = shown.filter(({ outcome }) => outcome === 'fail' || outcome === 'missed').length;
  const open = (index: number) => {
    const beat = shown[index];
    if (beat !== undefined) onOpen(around(Date.parse(beat.at)));
  };
  return <LargeStrip label={words.strip(monitor.name, shown.length, bad)} bars={bars} places={places} onOpen={open} />;
}

/** The day that has an instant in its middle, or the last one. */
function around(at: number): ZoomWindow {
  const { parts, partMs } = SCALES.day;
  return windowUntil('day', Math.min(at + (parts * partMs) / 2, serverNow()));
}

interface StretchProps extends LastProps {
  readonly window: ZoomWindow;
  readonly now: number;
}

function Stretch({ monitor, window, now, onOpen }: StretchProps) {
  const words = useMonitorPageWords();
  const describe = useDescribePart();
  const { zoom, from, to } = window;
  const { parts, partMs } = SCALES[zoom];
  const { data, error, refetch } = useQuery({
    queryKey: ['history', monitor.id, from, to, parts],
    queryFn: ({ signal }) =>
      request<MonitorHistory>('GET', `/api/v1/monitors/${monitor.id}/history`, {
        query: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), parts },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: to > now ? Math.min(SELDOM_MS, Math.max(REFRESH_MS, partMs / 60)) : false,
  });
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  const bars = (data?.parts ?? []).map((part): LargeBar => {
    const { share, badShare } = heightOf(part, data?.usual_seconds ?? null);
    return {
      key: part.from,
      outcome: part.outcome,
      share,
      ...(badShare === undefined ? {} : { badShare }),
      text: describe(part, zoom, partMs),
    };
  });
  const sum = (name: 'good' | 'failed' | 'missed') => (data?.parts ?? []).reduce((all, part) => all + part[name], 0);
  const label = words.zoom.strip(monitor.name, words.zoom.views[zoom], sum('good'), sum('failed') + sum('missed'));
  const open = (part: number) => {
    const next = closer(window, part, now);
    if (next !== null) onOpen(next);
  };
  return (
    <LargeStrip label={label} bars={bars} places={parts} onOpen={zoom === ZOOMS[0] ? undefined : open}>
      <Axis window={window} />
    </LargeStrip>
  );
}

function Axis({ window: { zoom, from, to } }: { readonly window: ZoomWindow }) {
  const { language } = useLanguage();
  const label = (at: number) => (zoom === 'day' ? formatShort(at, language) : formatDay(at, language));
  return (
    <div className="mt-1 grid grid-cols-4 text-xs text-quiet" aria-hidden="true">
      {Array.from({ length: LABELS }, (_, index) => from + ((to - from) * index) / LABELS).map((at) => (
        <span key={at} className="border-l border-line pl-1.5">
          {label(at)}
        </span>
      ))}
    </div>
  );
}

/** When it was, what came and what did not, how long it took and how long it was down. */
function useDescribePart(): (part: HistoryPart, zoom: Zoom, partMs: number) => string {
  const { zoom: words } = useMonitorPageWords();
  const { language } = useLanguage();
  return (part, zoom, partMs) => {
    const at = Date.parse(part.from);
    const { good, failed, missed, unknown, median_seconds: median, down_seconds: down } = part;
    const when =
      zoom === 'quarter'
        ? formatDay(at + partMs / 2, language)
        : `${formatDayAndTime(at, language)}–${formatTime(at + partMs, language)}`;
    const counts = [
      good > 0 ? words.good(good) : '',
      failed > 0 ? words.failed(failed) : '',
      missed > 0 ? words.missed(missed) : '',
      unknown > 0 ? words.unknown(unknown) : '',
    ].filter((text) => text !== '');
    return [
      when,
      counts.length > 0 ? counts.join(', ') : words.nothing[part.outcome ?? 'none'],
      median === null ? '' : words.length(formatDuration(median * 1_000, language)),
      down > 0 ? words.down(formatDuration(down * 1_000, language)) : '',
    ]
      .filter((text) => text !== '' && text !== undefined)
      .join(' · ');
  };
}
