import { useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { request } from '../../api/client.ts';
import type { Monitor, Run, RunState } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Duration, Time } from '../../ui/time.tsx';
import { zoneOf } from '../overview/row.tsx';
import { measuredRuns } from './run-numbers.ts';

const Chart = lazy(() => import('./duration-chart.tsx').then((module) => ({ default: module.DurationChart })));

/** So many are fetched at a time and drawn; the table begins with fewer. */
const AT_ONCE = 100;
const ROWS_AT_FIRST = 10;
const LEAST_TO_DRAW = 2;

const SHAPES: Readonly<Record<RunState, Shape>> = {
  open: 'running',
  succeeded: 'up',
  failed: 'down',
  timed_out: 'down',
  abandoned: 'unknown',
  unknown: 'unknown',
};

interface RunPage {
  readonly runs: readonly Run[];
  readonly next_cursor: string | null;
}

/** Where a run counts as too long: what was learned, or what was set, whichever comes first. */
function limitOf({ max_run_seconds: set, learn, learned_limit: learned }: Monitor): number | null {
  const limits = [set ?? null, learn === true ? (learned?.limit_seconds ?? null) : null].filter(
    (each) => each !== null,
  );
  return limits.length === 0 ? null : Math.min(...limits);
}

/** Its runs: how long each took, and what became of it. */
export function Runs({ monitor }: { readonly monitor: Monitor }) {
  const { runs: words } = useMonitorPageWords();
  const common = useCommonWords();
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['monitor', monitor.id, 'runs'],
    queryFn: ({ pageParam, signal }) =>
      request<RunPage>('GET', `/api/v1/monitors/${monitor.id}/runs`, {
        query: { limit: AT_ONCE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const runs = useMemo(() => data?.pages.flatMap((page) => page.runs) ?? [], [data]);
  const measured = useMemo(() => measuredRuns(runs), [runs]);
  const columns = useColumns(monitor);
  const isShort = runs.length > ROWS_AT_FIRST;
  return (
    <Section title={words.title}>
      {isPending && <Skeleton />}
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined && runs.length === 0 && <p className="max-w-prose text-quiet">{words.none}</p>}
      {measured.length >= LEAST_TO_DRAW && (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Chart runs={runs} limitSeconds={limitOf(monitor)} />
        </Suspense>
      )}
      {runs.length > 0 && (
        <Table label={words.title} columns={columns} rows={runs.slice(0, ROWS_AT_FIRST)} keyOf={(run) => run.id} />
      )}
      {isShort && (
        <details>
          <summary className="cursor-pointer text-accent">{common.action.showMore}</summary>
          <Table label={words.title} columns={columns} rows={runs.slice(ROWS_AT_FIRST)} keyOf={(run) => run.id} />
          {hasNextPage && (
            <Button size="small" className="mt-3" onClick={() => void fetchNextPage()}>
              {common.action.showMore}
            </Button>
          )}
        </details>
      )}
    </Section>
  );
}

function useColumns(monitor: Monitor): readonly Column<Run>[] {
  const { runs: words, runState } = useMonitorPageWords();
  return [
    {
      id: 'started',
      head: words.started,
      cell: (run) => <Time at={run.started_at ?? run.ended_at} zone={zoneOf(monitor)} form="short" />,
    },
    { id: 'length', head: words.length, align: 'right', cell: (run) => <Duration seconds={run.duration_seconds} /> },
    {
      id: 'outcome',
      head: words.outcome,
      cell: (run) => (
        <span className="inline-flex items-center gap-1.5">
          <StatusShape status={SHAPES[run.state]} size={12} isDecoration />
          <span className="md:hidden">{runState[run.state]}</span>
          <span className="hidden md:inline">{run.outcome === '' ? runState[run.state] : run.outcome}</span>
        </span>
      ),
    },
    {
      id: 'exit',
      head: words.exit,
      align: 'right',
      isSecondary: true,
      cell: (run) => run.exit_status ?? <span className="text-quiet">–</span>,
    },
    {
      id: 'rid',
      head: words.id,
      isSecondary: true,
      cell: (run) => (
        <span className="block max-w-56 truncate font-mono text-xs text-quiet" title={run.run_id ?? undefined}>
          {run.run_id ?? '–'}
        </span>
      ),
    },
  ];
}
