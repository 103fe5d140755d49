import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { monitorQuery, putMonitor } from '../../api/monitors.ts';
import { useMayWrite } from '../../api/session.ts';
import type { Monitor } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { Button, buttonClass, IconButton } from '../../ui/button.tsx';
import { ErrorNote, errorText } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { NotFound } from '../../ui/shell/not-found.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { MaintenanceNote } from '../maintenance/sign.tsx';
import { isGone, useMonitorActions } from './actions.ts';
import { PauseDialog, RotateDialog } from './dialogs.tsx';
import { Facts } from './facts.tsx';
import { Incidents, Uptime } from './history.tsx';
import { Results } from './results.tsx';
import { Runs } from './runs.tsx';
import { Setup, useWasWaiting } from './setup.tsx';
import { Signals, useSignals } from './signals.tsx';
import { ExpectedVersusGot, StateSentence } from './story.tsx';

/** One monitor, from top to bottom as a story: how it stands, what to do, what happened, its runs, the raw signals. */
export function MonitorPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const words = useMonitorWords();
  const { data: monitor, error, refetch } = useQuery(monitorQuery(id));
  if (monitor === undefined && isGone(error)) return <NotFound />;
  if (monitor === undefined) {
    return (
      <Page title={words.title}>
        {error === null ? <Skeleton lines={6} /> : <ErrorNote error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  // Another monitor is another page: nothing of what was opened on the one before stays.
  return <Story key={monitor.id} monitor={monitor} />;
}

function Story({ monitor }: { readonly monitor: Monitor }) {
  const words = useMonitorPageWords();
  const [showsSetup, setShowsSetup] = useState(false);
  const wasWaiting = useWasWaiting(monitor);
  const { data } = useSignals(monitor.id, '');
  const last = data?.pages[0]?.signals.find(({ counted }) => counted);
  const isFresh = monitor.signal_count === 0;
  return (
    <Page
      title={monitor.name}
      above={<Above />}
      actions={<Actions monitor={monitor} onSetup={() => setShowsSetup(true)} />}
    >
      <StateSentence monitor={monitor} />
      <MaintenanceNote monitor={monitor} />
      <ExpectedVersusGot monitor={monitor} last={last} />
      {monitor.description !== '' && (
        <Section title={words.whatToDo}>
          <p className="max-w-prose break-words whitespace-pre-wrap">{monitor.description}</p>
        </Section>
      )}
      {(isFresh || wasWaiting || showsSetup) && <Setup monitor={monitor} />}
      <Results monitor={monitor} />
      {!isFresh && <Uptime monitor={monitor} />}
      {!isFresh && <Incidents monitor={monitor} />}
      {!isFresh && <Runs monitor={monitor} />}
      {!isFresh && <Signals monitor={monitor} />}
      <Section title={words.facts.title}>
        <Facts monitor={monitor} />
      </Section>
    </Page>
  );
}

function Above() {
  const words = useMonitorWords();
  return (
    <PageLink
      to="/"
      className="-mb-3 inline-flex items-center gap-1 self-start text-xs text-quiet no-underline hover:text-text"
    >
      <Icon name="left" size={14} />
      {words.title}
    </PageLink>
  );
}

/** As long as a name may be. */
const MAX_NAME = 100;

function Actions({ monitor, onSetup }: { readonly monitor: Monitor; readonly onSetup: () => void }) {
  const { actions: words, cloneName, cloned } = useMonitorPageWords();
  const common = useCommonWords();
  const mayWrite = useMayWrite();
  const actions = useMonitorActions();
  const queries = useQueryClient();
  const toast = useToast();
  const go = useGo();
  const [dialog, setDialog] = useState<'pause' | 'rotate' | null>(null);
  if (!mayWrite) return null;

  const clone = async () => {
    try {
      const body = { name: cloneName(monitor.name).slice(0, MAX_NAME) };
      const made = await request<Monitor>('POST', `/api/v1/monitors/${monitor.id}/clone`, { body });
      putMonitor(queries, made);
      toast({ text: cloned(made.name) });
      go(`/monitors/${made.id}`);
    } catch (error) {
      toast({ text: errorText(error, common), tone: 'bad' });
    }
  };
  const remove = async () => {
    if (await actions.remove([monitor])) go('/');
  };
  const items: readonly MenuItem[] = [
    { label: words.setup, icon: 'copy', onSelect: onSetup },
    { label: words.clone, icon: 'clone', onSelect: () => void clone() },
    { label: words.rotate, icon: 'rotate', onSelect: () => setDialog('rotate') },
  ];
  return (
    <>
      {monitor.status === 'paused' ? (
        <Button look="primary" onClick={() => void actions.resume(monitor)}>
          <Icon name="resume" size={16} />
          {words.resume}
        </Button>
      ) : (
        <Button onClick={() => setDialog('pause')}>
          <Icon name="pause" size={16} />
          {words.pause}
        </Button>
      )}
      <PageLink to={`/monitors/${monitor.id}/edit`} className={buttonClass()}>
        <Icon name="edit" size={16} />
        {words.edit}
      </PageLink>
      <Menu
        groups={[items, [{ label: words.delete, icon: 'trash', isDanger: true, onSelect: () => void remove() }]]}
        trigger={
          <IconButton label={common.action.actions} look="plain">
            <Icon name="more" />
          </IconButton>
        }
      />
      {dialog === 'pause' && <PauseDialog monitor={monitor} onClose={() => setDialog(null)} />}
      {dialog === 'rotate' && <RotateDialog monitor={monitor} onClose={() => setDialog(null)} />}
    </>
  );
}
