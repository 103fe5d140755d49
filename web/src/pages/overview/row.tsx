import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, memo, useState } from 'react';
import { beatsQuery } from '../../api/monitors.ts';
import { shownStatus } from '../../api/shown-status.ts';
import type { BareSchedule, Channel, MonitorRow } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDistance, formatDuration } from '../../language/times.ts';
import { useNow } from '../../lib/clock.ts';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { exactTitle } from '../../ui/time.tsx';
import { MaintenanceSign } from '../maintenance/sign.tsx';
import { BeatStrip } from './beat-strip.tsx';
import { lastLength, usualSeconds } from './beats.ts';
import { stepTo } from './strip-note.tsx';

/** Results shown per row. */
export const ROW_BEATS = 40;
const PHONE_BEATS = 24;
const MAX_TAGS_SHOWN = 3;

interface Props {
  readonly monitor: MonitorRow;
  readonly isPhone: boolean;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly mayWrite: boolean;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly onSelect: (id: string) => void;
}

/** One monitor: shape · name and tags · last results · next or late · last length against usual · channels. */
export const Row = memo(function Row(props: Props) {
  const { monitor, isPhone, isCurrent, isSelected, mayWrite, onSelect } = props;
  const words = useMonitorWords();
  const { data: beats } = useQuery(beatsQuery(monitor.id, ROW_BEATS));
  const base = `group relative flex h-full items-center gap-3 border-b border-line px-2 hover:bg-hover ${isSelected ? 'bg-hover' : ''} ${isCurrent ? 'shadow-[inset_2px_0_0_var(--accent)]' : ''}`;
  const [pointed, setPointed] = useState<number | null>(null);
  const places = isPhone ? PHONE_BEATS : ROW_BEATS;
  const strip = (
    <BeatStrip beats={beats ?? []} name={monitor.name} places={places} pointed={pointed} onPoint={setPointed} />
  );
  const keys = {
    onKeyDown: (event: KeyboardEvent) => {
      const next = stepTo(event.key, pointed, Math.min(beats?.length ?? 0, places));
      if (next === null) return;
      event.preventDefault();
      setPointed(next);
    },
    onBlur: () => setPointed(null),
  };
  if (isPhone) {
    return (
      <div className={base} {...keys}>
        {mayWrite ? (
          <SelectByShape monitor={monitor} isSelected={isSelected} onSelect={onSelect} />
        ) : (
          <StatusShape status={shownStatus(monitor)} />
        )}
        <div className="min-w-0 flex-1">
          <div className="flex items-baseline justify-between gap-3">
            <span className="flex min-w-0 items-baseline gap-2">
              <Name monitor={monitor} />
              <MaintenanceSign monitor={monitor} />
            </span>
            <span className="shrink-0 text-xs">
              <When monitor={monitor} />
            </span>
          </div>
          <div className="mt-1.5">{strip}</div>
        </div>
      </div>
    );
  }
  return (
    <div className={base} {...keys}>
      <input
        type="checkbox"
        aria-label={words.row.select(monitor.name)}
        checked={isSelected}
        disabled={!mayWrite}
        tabIndex={-1}
        onChange={() => onSelect(monitor.id)}
        className={`relative z-10 size-4 shrink-0 accent-accent ${isSelected ? '' : 'opacity-0 group-hover:opacity-100 focus-visible:opacity-100'} ${isCurrent ? 'opacity-100' : ''}`}
      />
      <StatusShape status={shownStatus(monitor)} />
      <div className="flex min-w-0 flex-1 items-baseline gap-2">
        <Name monitor={monitor} />
        <MaintenanceSign monitor={monitor} />
        <Tags tags={monitor.tags} />
      </div>
      <div className="relative z-10">{strip}</div>
      <div className="w-40 truncate text-right">
        <When monitor={monitor} />
      </div>
      <div className="hidden w-56 truncate text-right xl:block">
        <LastRun beats={beats ?? []} />
      </div>
      <div className="relative z-10 w-5">
        <ChannelSign monitor={monitor} channels={props.channels} />
      </div>
    </div>
  );
});

/** A phone has no room for a box: a press on the shape selects. */
function SelectByShape({ monitor, isSelected, onSelect }: Pick<Props, 'monitor' | 'isSelected' | 'onSelect'>) {
  const words = useMonitorWords();
  return (
    <label className="relative z-10 -my-2 -mr-3 -ml-2 flex h-14 w-9 shrink-0 items-center justify-center rounded-md has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent">
      <input
        type="checkbox"
        aria-label={words.row.select(monitor.name)}
        checked={isSelected}
        onChange={() => onSelect(monitor.id)}
        className={isSelected ? 'size-4 accent-accent' : 'sr-only'}
      />
      {!isSelected && <StatusShape status={shownStatus(monitor)} />}
    </label>
  );
}

function Name({ monitor }: { readonly monitor: MonitorRow }) {
  return (
    <PageLink
      to={`/monitors/${monitor.id}`}
      title={monitor.name}
      data-row={monitor.id}
      className="min-w-0 truncate font-medium text-text no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
    >
      {monitor.name}
    </PageLink>
  );
}

function Tags({ tags }: { readonly tags: readonly string[] }) {
  if (tags.length === 0) return null;
  const more = tags.length - MAX_TAGS_SHOWN;
  return (
    <span className="hidden min-w-0 flex-1 basis-0 truncate text-xs text-quiet md:inline" title={tags.join(', ')}>
      {tags.slice(0, MAX_TAGS_SHOWN).join(' · ')}
      {more > 0 && ` +${more}`}
    </span>
  );
}

/** "next in 3 h", "41 min late", "down 2 h": the one time that matters now. */
export function When({ monitor }: { readonly monitor: MonitorRow }) {
  const { row } = useMonitorWords();
  const { language } = useLanguage();
  const now = useNow();
  const { status, late, running, paused, incident, next_expected_at: next, last_signal_at: heard } = monitor;
  const distance = (at: string) => formatDistance(Date.parse(at) - now, language);
  const title = next === null ? undefined : exactTitle(Date.parse(next), language, zoneOf(monitor));
  if (status === 'down' && incident !== null) {
    return (
      <span className="text-down" title={exactTitle(Date.parse(incident.opened_at), language, zoneOf(monitor))}>
        {row.downFor(distance(incident.opened_at))}
      </span>
    );
  }
  if (status === 'paused') {
    if (paused?.mode === 'until_success') return <span className="text-quiet">{row.pausedSuccess}</span>;
    const until = paused?.until ?? null;
    return <span className="text-quiet">{until === null ? row.paused : row.pausedUntil(distance(until))}</span>;
  }
  if (late && next !== null) {
    return (
      <span className="text-late" title={title}>
        {row.lateBy(distance(next))}
      </span>
    );
  }
  if (running) return <span className="text-new">{row.running}</span>;
  if (next === null) {
    return <span className="text-quiet">{heard === null ? row.neverHeard : row.byHand}</span>;
  }
  const isDue = Date.parse(next) - now < 1_000;
  return (
    <span className="text-quiet" title={title}>
      {isDue ? row.dueNow : row.next(distance(next))}
    </span>
  );
}

export const zoneOf = ({ schedule }: { readonly schedule: BareSchedule | null }): string | null =>
  schedule === null || schedule.type === 'period' ? null : schedule.timezone;

function LastRun({ beats }: { readonly beats: Parameters<typeof lastLength>[0] }) {
  const { row } = useMonitorWords();
  const { language } = useLanguage();
  const length = lastLength(beats);
  const usual = usualSeconds(beats);
  if (length === null) return null;
  return (
    <>
      {formatDuration(length * 1_000, language)}
      {usual !== null && (
        <span className="text-xs text-quiet"> · {row.usual(formatDuration(usual * 1_000, language))}</span>
      )}
    </>
  );
}

function ChannelSign({ monitor, channels }: Pick<Props, 'monitor' | 'channels'>) {
  const { row } = useMonitorWords();
  const own =
    monitor.channels === 'all'
      ? [...channels.values()].filter((channel) => !channel.only_chosen)
      : monitor.channels.flatMap((id) => channels.get(id) ?? []);
  const broken = own.find(({ state }) => state === 'broken');
  const text =
    broken !== undefined
      ? row.brokenChannel(broken.name)
      : monitor.channels !== 'all' && monitor.channels.length === 0
        ? row.noChannel
        : null;
  if (text === null) return null;
  return (
    <span title={text} className="text-late">
      <Icon name="incidents" size={16} />
      <span className="sr-only">{text}</span>
    </span>
  );
}
