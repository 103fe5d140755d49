import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { channelQuery, type FullChannel } from '../../api/channels.ts';
import { request } from '../../api/client.ts';
import { useMayWrite } from '../../api/session.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { useGo } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ChannelForm } from './channel-form.tsx';
import { Deliveries } from './deliveries.tsx';
import { draftOf } from './draft.ts';
import { QuietHoursSection } from './quiet-hours.tsx';
import { ChannelSettings } from './settings.tsx';
import { ChannelStory } from './state.tsx';
import { TestButton } from './test-button.tsx';

export function ChannelPage() {
  const words = useChannelWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: channel, error, refetch } = useQuery(channelQuery(id));
  const mayWrite = useMayWrite();
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const mayChange = mayWrite && channel?.read_only === false;
  return (
    <Page
      title={channel?.name ?? words.title}
      above={<BackLink to="/channels">{words.title}</BackLink>}
      actions={
        mayChange && (
          <>
            <Button onClick={() => setDialog('edit')}>{words.settings.edit}</Button>
            <Button look="danger" onClick={() => setDialog('delete')}>
              {words.remove.button}
            </Button>
          </>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {channel === undefined && error === null && <Skeleton lines={5} />}
      {channel !== undefined && (
        <div className="flex flex-col gap-8">
          <div className="flex flex-col gap-4">
            <ChannelStory channel={channel} />
            {mayWrite && <TestButton channelId={channel.id} />}
          </div>
          <ChannelSettings channel={channel} />
          <QuietHoursSection channel={channel} mayChange={mayChange} />
          <Section title={words.log.title}>
            <Deliveries channelId={channel.id} />
          </Section>
        </div>
      )}
      {channel !== undefined && dialog === 'edit' && <Edit channel={channel} onClose={() => setDialog(null)} />}
      {channel !== undefined && dialog === 'delete' && <Remove channel={channel} onClose={() => setDialog(null)} />}
    </Page>
  );
}

interface DialogProps {
  readonly channel: FullChannel;
  readonly onClose: () => void;
}

function Edit({ channel, onClose }: DialogProps) {
  const words = useChannelWords();
  const { action } = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  return (
    <Dialog isOpen onClose={onClose} title={words.settings.title}>
      <ChannelForm
        kind={channel.kind}
        isNew={false}
        first={draftOf(channel)}
        button={action.save}
        work={async (name, config) => {
          const body = Object.keys(config).length === 0 ? { name } : { name, config };
          await request('PATCH', `/api/v1/channels/${channel.id}`, { body });
          onClose();
          toast({ text: words.form.saved });
          await queries.invalidateQueries({ queryKey: ['channels'] });
        }}
      />
    </Dialog>
  );
}

function Remove({ channel, onClose }: DialogProps) {
  const { remove: words } = useChannelWords();
  const toast = useToast();
  const queries = useQueryClient();
  const go = useGo();
  return (
    <Confirm
      title={words.title(channel.name)}
      text={words.text}
      button={words.button}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/channels/${channel.id}`);
        go('/channels', { replace: true });
        toast({ text: words.done(channel.name) });
        await queries.invalidateQueries({ queryKey: ['channels', 'full'] });
      }}
    />
  );
}
