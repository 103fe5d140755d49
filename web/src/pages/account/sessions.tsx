import { useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from '../../api/client.ts';
import { type Session, sessionsQuery } from '../../api/identity.ts';
import { useAccountWords } from '../../language/account.ts';
import { useCommonWords } from '../../language/common.ts';
import { browserName, shortAddress } from '../../lib/browser-name.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, errorText } from '../../ui/error-note.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';

export function Sessions() {
  const { sessions: words } = useAccountWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { data: sessions, error, refetch } = useQuery(sessionsQuery);
  const [isBusy, doIt] = useDo((problem) => toast({ text: errorText(problem, common), tone: 'bad' }));
  const endOthers = async () => {
    const { ended } = await request<{ ended: number }>('POST', '/api/v1/sessions/end-others');
    toast({ text: words.ended(ended) });
    await queries.invalidateQueries({ queryKey: ['sessions'] });
  };
  const hasOthers = sessions?.some(({ current }) => !current) === true;
  return (
    <Section
      title={words.title}
      actions={
        hasOthers && (
          <Button size="small" isBusy={isBusy} onClick={() => doIt(endOthers)}>
            {words.endOthers}
          </Button>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {sessions === undefined && error === null && <Skeleton lines={2} />}
      <ul className="flex flex-col">
        {sessions?.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </ul>
    </Section>
  );
}

function Row({ session }: { readonly session: Session }) {
  const { sessions: words } = useAccountWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, doIt] = useDo((error) => toast({ text: errorText(error, common), tone: 'bad' }));
  const name = browserName(session.user_agent) ?? words.unknown;
  return (
    <li className="flex min-h-12 items-center gap-3 border-b border-line py-1.5 last:border-0">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={session.user_agent ?? ''}>
          {name}
          {session.current && <span className="text-quiet"> · {words.here}</span>}
        </p>
        <p className="text-xs text-quiet">
          {session.address !== null && `${shortAddress(session.address)} · `}
          {words.seen} <Time at={session.seen_at} />
        </p>
      </div>
      {!session.current && (
        <Button
          size="small"
          isBusy={isBusy}
          aria-label={`${words.end}: ${name}`}
          onClick={() =>
            doIt(async () => {
              await request('DELETE', `/api/v1/sessions/${session.id}`);
              toast({ text: words.endedOne });
              await queries.invalidateQueries({ queryKey: ['sessions'] });
            })
          }
        >
          {words.end}
        </Button>
      )}
    </li>
  );
}
