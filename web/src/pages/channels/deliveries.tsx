import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type Delivery, deliveriesQuery } from '../../api/channels.ts';
import { request } from '../../api/client.ts';
import { useMayWrite } from '../../api/session.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, errorText } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { Duration, Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';

const SHAPES: Readonly<Record<Delivery['state'], Shape>> = {
  suppressed: 'paused',
  queued: 'new',
  sending: 'running',
  retry: 'late',
  sent: 'up',
  failed: 'down',
  cancelled: 'paused',
};

/** Of what a digest tells so many are named. */
const MAX_NAMED = 3;

/** What was sent to a channel and what it answered. */
export function Deliveries({ channelId }: { readonly channelId: string }) {
  const { log: words } = useChannelWords();
  const common = useCommonWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    deliveriesQuery(channelId),
  );
  const deliveries = data?.pages.flatMap((page) => page.deliveries);
  return (
    <>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {deliveries === undefined && error === null && <Skeleton lines={4} />}
      {deliveries?.length === 0 && <p className="text-quiet">{words.none}</p>}
      <ol className="flex flex-col">
        {deliveries?.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} />
        ))}
      </ol>
      {hasNextPage && (
        <div>
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {common.action.showMore}
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ delivery }: { readonly delivery: Delivery }) {
  const { log: words } = useChannelWords();
  const { state, reason, attempts, next_attempt_at: next } = delivery;
  // Why it was not sent, or not yet.
  const isExplained = state === 'failed' || state === 'retry' || state === 'cancelled' || reason !== null;
  const last = attempts.at(-1);
  // The code of a failed attempt says less than its answer, which stands beside it.
  const why = reason === null ? '' : (words.reasons[reason] ?? (last === undefined ? reason : ''));
  return (
    <li className="flex flex-col gap-1 border-b border-line py-2.5 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="inline-flex min-w-28 items-center sm:min-w-36 gap-2">
          <StatusShape status={SHAPES[state]} isDecoration />
          {words.states[state]}
        </span>
        <span className="min-w-24 flex-1">
          <What delivery={delivery} />
        </span>
        {(state === 'failed' || state === 'cancelled') && <Again id={delivery.id} />}
        <span className="text-xs text-quiet">
          <Time at={delivery.created_at} />
        </span>
      </div>
      {isExplained && (
        <p className="text-xs break-words text-quiet">
          {[why, last?.answer ?? ''].filter((part) => part !== '').join(' · ')}
          {next !== null && (
            <>
              {' '}
              · {words.next} <Time at={next} />
            </>
          )}
        </p>
      )}
      {attempts.length > 0 && <Attempts delivery={delivery} />}
    </li>
  );
}

/** An alarm, a recovery, a test: what it told, and of what. */
function What({ delivery }: { readonly delivery: Delivery }) {
  const { log: words } = useChannelWords();
  const [first] = delivery.notices;
  if (delivery.notices.length > 1) {
    const names = [...new Set(delivery.notices.flatMap(({ about }) => about ?? []))];
    return (
      <>
        {words.carried(delivery.notices.length)}{' '}
        <span className="break-words text-quiet">
          {names.slice(0, MAX_NAMED).join(', ')}
          {names.length > MAX_NAMED && ', …'}
        </span>
      </>
    );
  }
  if (first === undefined) return words.kinds[delivery.form] ?? '';
  const isIncident = first.subject === 'incident';
  const text = words.kinds[isIncident ? first.kind : first.subject] ?? first.kind;
  return (
    <span className="break-words">
      {isIncident ? <PageLink to={`/incidents/${first.subject_id}`}>{text}</PageLink> : text}
      {first.about !== null && `: ${first.about}`}
    </span>
  );
}

function Attempts({ delivery }: { readonly delivery: Delivery }) {
  const { log: words } = useChannelWords();
  return (
    <details>
      <summary className="w-fit cursor-pointer text-xs text-quiet">
        {words.attempts}: {delivery.attempts.length}
      </summary>
      <ol className="mt-1.5 flex flex-col gap-1 border-l-2 border-line pl-3 font-mono text-xs">
        {delivery.attempts.map((attempt) => (
          <li key={attempt.n} className="break-words">
            <Time at={attempt.started_at} form="exact" /> · {attempt.status ?? attempt.code} ·{' '}
            <Duration seconds={attempt.duration_seconds} />
            {attempt.answer !== '' && <> · {attempt.answer}</>}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Again({ id }: { readonly id: string }) {
  const { log: words } = useChannelWords();
  const common = useCommonWords();
  const mayWrite = useMayWrite();
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, doIt] = useDo((error) => toast({ text: errorText(error, common), tone: 'bad' }));
  if (!mayWrite) return null;
  const send = async () => {
    await request('POST', `/api/v1/deliveries/${id}/resend`);
    toast({ text: words.sentAgain });
    await queries.invalidateQueries({ queryKey: ['deliveries'] });
  };
  return (
    <Button size="small" isBusy={isBusy} onClick={() => doIt(send)}>
      {words.again}
    </Button>
  );
}
