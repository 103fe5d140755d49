import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import { channelsQuery, monitorsQuery, overviewQuery } from '../../api/monitors.ts';
import { useMayWrite } from '../../api/session.ts';
import type { Site } from '../../api/sites.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { Channel, MonitorRow } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useRemembered } from '../../lib/remember.ts';
import { useIsPhone } from '../../lib/use-media.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useMonitorActions } from '../monitors/actions.ts';
import { BulkBar } from './bulk-bar.tsx';
import { FilterBar, SortSelect } from './filter-bar.tsx';
import {
  countStatuses,
  createFilter,
  type FilterName,
  type Filters,
  isFiltered,
  SORTS,
  sortMonitors,
  tagsOf,
} from './filters.ts';
import { MonitorRows } from './list.tsx';
import { overviewOf, Sentence } from './sentence.tsx';

const NO_MONITORS: readonly MonitorRow[] = [];
const NO_FILTERS = { q: undefined, status: undefined, kind: undefined, tag: undefined, site: undefined };
const NO_CHANNELS: readonly Channel[] = [];
const NO_SITES: readonly Site[] = [];

/** The first page: is all well, and all monitors. */
export function Overview() {
  const words = useMonitorWords();
  const mayWrite = useMayWrite();
  const { data: monitors = NO_MONITORS, error, isPending, isFetching, refetch } = useQuery(monitorsQuery);
  const { data: said } = useQuery(overviewQuery);
  const isEmpty = !isPending && !isFetching && error === null && monitors.length === 0;
  const create = mayWrite && !isEmpty && (
    <PageLink to="/monitors/new" className={buttonClass({ look: 'primary' })}>
      <Icon name="add" size={16} />
      {words.new}
    </PageLink>
  );
  if (isEmpty) {
    return (
      <Page title={words.title} actions={create}>
        <FirstStep />
      </Page>
    );
  }
  return (
    <Page
      title={monitors.length > 0 ? <Sentence overview={overviewOf(said, monitors)} /> : words.title}
      tabTitle=""
      width="full"
      actions={create}
    >
      <ChannelNote />
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending ? <Skeleton lines={8} /> : <List monitors={monitors} isLoading={isFetching} mayWrite={mayWrite} />}
    </Page>
  );
}

interface ListProps {
  readonly monitors: readonly MonitorRow[];
  readonly isLoading: boolean;
  readonly mayWrite: boolean;
}

function List({ monitors, isLoading, mayWrite }: ListProps) {
  const words = useMonitorWords();
  const isPhone = useIsPhone();
  const filters = useSearch({ strict: false }) as Filters;
  const navigate = useNavigate();
  const actions = useMonitorActions();
  const search = useRef<HTMLInputElement>(null);
  const [sort, setSort] = useRemembered('sort', SORTS, 'status');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { data: channelList = NO_CHANNELS } = useQuery(channelsQuery);
  const { data: sites = NO_SITES } = useQuery(sitesQuery);
  const channels = useMemo(() => new Map(channelList.map((channel) => [channel.id, channel])), [channelList]);

  const sorted = useMemo(() => sortMonitors(monitors, sort), [monitors, sort]);
  const deferred = useDeferredValue(filters);
  const shown = useMemo(() => sorted.filter(createFilter(deferred)), [sorted, deferred]);
  const offered = useMemo(
    () => ({
      counts: countStatuses(monitors),
      tags: tagsOf(monitors),
      kinds: [...new Set(monitors.map(({ kind }) => kind))].sort(),
    }),
    [monitors],
  );
  const chosen = useMemo(() => monitors.filter(({ id }) => selected.has(id)), [monitors, selected]);

  const onFilter = useCallback(
    (change: Partial<Record<FilterName, string | undefined>>) =>
      void navigate({
        to: '.',
        search: ((before: Filters) => ({ ...before, ...change })) as never,
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  const toggle = useCallback(
    (id: string) =>
      setSelected((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    [],
  );
  useShortcuts({ '/': () => search.current?.focus(), Escape: () => setSelected(new Set()) });

  return (
    <div className="flex flex-col gap-3">
      <FilterBar filters={filters} onFilter={onFilter} {...offered} sites={sites} searchRef={search} />
      {chosen.length > 0 && (
        <BulkBar
          selected={chosen}
          shownCount={shown.length}
          tags={offered.tags}
          onSelectAll={() => setSelected(new Set(shown.map(({ id }) => id)))}
          onSelectNone={() => setSelected(new Set())}
        />
      )}
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-2">
        <p className="text-xs text-quiet" aria-live="polite">
          {words.filter.shown(shown.length, monitors.length)}
        </p>
        {isFiltered(filters) && shown.length > 0 && (
          <Button look="quiet" size="small" className="mr-auto text-xs" onClick={() => onFilter(NO_FILTERS)}>
            <Icon name="close" size={14} />
            {words.filter.clear}
          </Button>
        )}
        <SortSelect sort={sort} onSort={setSort} />
      </div>
      {shown.length === 0 && !isLoading ? (
        <Empty title={words.filter.nothing} text={words.filter.nothingText}>
          <Button onClick={() => onFilter(NO_FILTERS)}>{words.filter.clear}</Button>
        </Empty>
      ) : (
        <MonitorRows
          monitors={shown}
          isPhone={isPhone}
          mayWrite={mayWrite}
          selected={selected}
          channels={channels}
          onSelect={toggle}
          onPause={(monitor) => void actions.togglePause(monitor)}
        />
      )}
    </div>
  );
}

/** Without a channel that works nobody is told of anything: that stands above all rows. */
function ChannelNote() {
  const words = useMonitorWords();
  const { data: channels } = useQuery(channelsQuery);
  if (channels === undefined) return null;
  const broken = channels.filter(({ state }) => state === 'broken').length;
  if (channels.length > 0 && broken === 0) return null;
  const isNone = channels.length === 0;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line bg-panel px-4 py-2.5">
      <span className="text-late">
        <Icon name="channels" />
      </span>
      {isNone ? words.noChannels.text : words.brokenChannels(broken)}
      <PageLink to="/channels">{isNone ? words.noChannels.action : words.showChannels}</PageLink>
    </p>
  );
}

function FirstStep() {
  const { empty } = useMonitorWords();
  return (
    <Empty title={empty.title} text={empty.text}>
      <ol className="list-decimal pl-5">
        {empty.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <PageLink to="/monitors/new" className={buttonClass({ look: 'primary' })}>
        {empty.action}
      </PageLink>
      <p className="mt-4 text-quiet">{empty.discover}</p>
      <div className="w-full">
        <CopyLine text="allswell discover" />
      </div>
    </Empty>
  );
}
