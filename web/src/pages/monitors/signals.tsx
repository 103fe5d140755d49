import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request, requestBytes } from '../../api/client.ts';
import type { Monitor, Signal, SignalKind } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Select } from '../../ui/field.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { zoneOf } from '../overview/row.tsx';

const AT_ONCE = 20;
const KINDS: readonly SignalKind[] = ['success', 'start', 'fail', 'log'];
const SHAPES: Readonly<Record<SignalKind, Shape>> = { success: 'up', start: 'running', fail: 'down', log: 'new' };
/** More than anybody reads, and no more than a page can show. */
const MAX_SHOWN_CHARACTERS = 200_000;

interface SignalPage {
  readonly signals: readonly Signal[];
  readonly next_cursor: string | null;
}

export function useSignals(id: string, kind: SignalKind | '') {
  return useInfiniteQuery({
    queryKey: ['monitor', id, 'signals', kind],
    queryFn: ({ pageParam, signal }) =>
      request<SignalPage>('GET', `/api/v1/monitors/${id}/signals`, {
        query: { limit: AT_ONCE, cursor: pageParam, kind },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The raw evidence: every call as it came. */
export function Signals({ monitor }: { readonly monitor: Monitor }) {
  const { signals: words, signalKind, exit } = useMonitorPageWords();
  const common = useCommonWords();
  const [kind, setKind] = useState<SignalKind | ''>('');
  const [opened, setOpened] = useState<Signal | null>(null);
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useSignals(monitor.id, kind);
  const signals = data?.pages.flatMap((page) => page.signals) ?? [];
  const columns: readonly Column<Signal>[] = [
    {
      id: 'at',
      head: words.at,
      cell: (signal) => <Time at={signal.at} zone={zoneOf(monitor)} form="short" />,
    },
    {
      id: 'kind',
      head: words.kind,
      cell: (signal) => (
        <span className="inline-flex flex-wrap items-center gap-x-1.5">
          <StatusShape status={SHAPES[signal.kind]} size={12} isDecoration />
          {signalKind[signal.kind]}
          {signal.exit_status !== null && <span className="text-quiet">{exit(signal.exit_status)}</span>}
          {signal.reason !== null && <span className="text-quiet">· {words.notCounted[signal.reason]}</span>}
        </span>
      ),
    },
    {
      id: 'source',
      head: words.source,
      isSecondary: true,
      cell: (signal) => (
        <span className="block max-w-96 truncate text-quiet" title={signal.user_agent ?? undefined}>
          {[signal.remote_addr, signal.user_agent].filter((part) => part !== null && part !== '').join(' · ')}
        </span>
      ),
    },
    {
      id: 'body',
      head: words.body,
      align: 'right',
      cell: (signal) =>
        signal.body_size === 0 ? (
          <span className="text-quiet">{words.noBody}</span>
        ) : (
          <Button size="small" onClick={() => setOpened(signal)}>
            {words.bytes(signal.body_size)}
          </Button>
        ),
    },
  ];
  return (
    <Section
      title={words.title}
      actions={
        <Select
          aria-label={words.filter}
          className="w-auto!"
          value={kind}
          onChange={(event) => setKind(KINDS.find((each) => each === event.target.value) ?? '')}
        >
          <option value="">{words.any}</option>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {signalKind[each]}
            </option>
          ))}
        </Select>
      }
    >
      {isPending && <Skeleton />}
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined && signals.length === 0 && <p className="text-quiet">{words.none}</p>}
      {signals.length > 0 && (
        <Table label={words.title} columns={columns} rows={signals} keyOf={(signal) => String(signal.n)} />
      )}
      {hasNextPage && (
        <div>
          <Button size="small" onClick={() => void fetchNextPage()}>
            {common.action.showMore}
          </Button>
        </div>
      )}
      {opened !== null && <BodyDialog monitor={monitor} signal={opened} onClose={() => setOpened(null)} />}
    </Section>
  );
}

interface BodyProps {
  readonly monitor: Monitor;
  readonly signal: Signal;
  readonly onClose: () => void;
}

/** What the job sent, as text where it is text. It is shown, never run. */
function BodyDialog({ monitor, signal, onClose }: BodyProps) {
  const { signals: words } = useMonitorPageWords();
  const path = `/api/v1/monitors/${monitor.id}/signals/${signal.n}/body`;
  const { data, error, isPending } = useQuery({
    queryKey: ['body', monitor.id, signal.n],
    queryFn: async ({ signal: abort }) => {
      const blob = await requestBytes(path, abort);
      return { blob, text: blob.type.startsWith('text/') ? await blob.text() : null };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const save = (blob: Blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `signal-${signal.n}.${blob.type.startsWith('text/') ? 'txt' : 'bin'}`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const text = data?.text ?? null;
  const isCut = data !== undefined && (signal.body_size > data.blob.size || (text?.length ?? 0) > MAX_SHOWN_CHARACTERS);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width="wide"
      title={words.bodyTitle(signal.n)}
      text={<Time at={signal.at} zone={zoneOf(monitor)} form="exact" />}
      footer={
        data !== undefined && (
          <>
            {text !== null && <CopyButton text={text} label={words.body} />}
            <Button size="small" onClick={() => save(data.blob)}>
              {words.save}
            </Button>
          </>
        )
      }
    >
      {isPending && <Skeleton />}
      {error !== null && <ErrorNote error={error} />}
      {data !== undefined && text === null && <p>{words.binary}</p>}
      {text !== null && (
        <pre className="rounded-md border border-line bg-ground px-3 py-2.5 font-mono text-xs break-words whitespace-pre-wrap">
          {text.slice(0, MAX_SHOWN_CHARACTERS)}
        </pre>
      )}
      {isCut && <p className="mt-2 text-xs text-quiet">{words.cut}</p>}
    </Dialog>
  );
}
