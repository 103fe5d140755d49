import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { oneMaintenanceQuery } from '../../api/maintenance.ts';
import { type MaintenanceDetail, stateOf } from '../../api/maintenance-facts.ts';
import { useMayWrite } from '../../api/session.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useNow } from '../../lib/clock.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { CoveredList, Held, MaintenanceStory } from './story.tsx';
import { NextSpans } from './times-preview.tsx';
import { When } from './when.tsx';
import { Which } from './which.tsx';

type Question = 'end' | 'delete' | null;

/** One maintenance: is it under way, when it is, what it is about, what it holds and held. */
export function MaintenancePage() {
  const words = useMaintenanceWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: one, error, refetch } = useQuery(oneMaintenanceQuery(id));
  const mayWrite = useMayWrite();
  const now = useNow();
  const [question, setQuestion] = useState<Question>(null);
  const isActive = one !== undefined && stateOf(one, now) === 'active';
  return (
    <Page
      title={one?.name ?? words.title}
      above={<BackLink to="/maintenance">{words.title}</BackLink>}
      actions={
        mayWrite &&
        one !== undefined && (
          <>
            {isActive && (
              <Button look="primary" onClick={() => setQuestion('end')}>
                {words.end.button}
              </Button>
            )}
            <PageLink to={`/maintenance/${one.id}/edit`} className={buttonClass()}>
              {words.edit}
            </PageLink>
            <Button look="danger" onClick={() => setQuestion('delete')}>
              {words.remove.button}
            </Button>
          </>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {one === undefined && error === null && <Skeleton lines={4} />}
      {one !== undefined && (
        <div className="flex flex-col gap-8">
          <MaintenanceStory one={one} />
          {one.incidents.length > 0 && <Held one={one} />}
          <Section title={words.when}>
            <p>
              <When one={one} />
            </p>
            {one.repeat !== null && <NextSpans repeat={one.repeat} />}
          </Section>
          <Section title={words.which}>
            <p>
              <Which what={one} />
            </p>
            <CoveredList what={one} />
          </Section>
        </div>
      )}
      {one !== undefined && question !== null && (
        <Question one={one} question={question} onClose={() => setQuestion(null)} />
      )}
    </Page>
  );
}

interface QuestionProps {
  readonly one: MaintenanceDetail;
  readonly question: 'end' | 'delete';
  readonly onClose: () => void;
}

function Question({ one, question, onClose }: QuestionProps) {
  const words = useMaintenanceWords();
  const toast = useToast();
  const queries = useQueryClient();
  const go = useGo();
  const refresh = () => queries.invalidateQueries({ queryKey: ['maintenance'] });
  if (question === 'end') {
    return (
      <Confirm
        title={words.end.title(one.name)}
        text={one.repeat === null ? words.end.text : words.end.textRepeat}
        button={words.end.button}
        isDanger={false}
        onClose={onClose}
        work={async () => {
          await request('POST', `/api/v1/maintenance/${one.id}/end`);
          toast({ text: words.end.done(one.name) });
          await refresh();
        }}
      />
    );
  }
  return (
    <Confirm
      title={words.remove.title(one.name)}
      text={words.remove.text}
      button={words.remove.button}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/maintenance/${one.id}`);
        go('/maintenance', { replace: true });
        toast({ text: words.remove.done(one.name) });
        await queries.invalidateQueries({ queryKey: ['maintenance'], exact: true });
      }}
    />
  );
}
