import { useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { CHANNEL_KINDS, type FullChannel } from '../../api/channels.ts';
import { request } from '../../api/client.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { ChannelForm } from './channel-form.tsx';
import { emptyDraft } from './draft.ts';
import { TelegramSteps } from './telegram-steps.tsx';
import { TestButton } from './test-button.tsx';

/** Adding a channel: which kind, its settings, then a test. */
export function NewChannelPage() {
  const words = useChannelWords();
  const { action } = useCommonWords();
  const { kind } = useSearch({ strict: false }) as { kind?: string };
  const [made, setMade] = useState<FullChannel | null>(null);
  if (made !== null) return <Made channel={made} />;
  const above = <BackLink to={kind === undefined ? '/channels' : '/channels/new'}>{action.back}</BackLink>;
  if (kind === undefined) {
    return (
      <Page title={words.which} tabTitle={words.add} width="form" above={above}>
        <Kinds />
      </Page>
    );
  }
  return (
    <Page title={`${words.add}: ${words.kinds[kind] ?? kind}`} width="form" above={above}>
      {kind === 'telegram' ? <TelegramSteps /> : <Settings kind={kind} onMade={setMade} />}
    </Page>
  );
}

function Kinds() {
  const words = useChannelWords();
  return (
    <ul className="flex flex-col border-t border-line">
      {CHANNEL_KINDS.map((kind) => (
        <li key={kind} className="border-b border-line">
          <PageLink
            to={`/channels/new?kind=${kind}`}
            className="flex items-center gap-4 py-3 text-text no-underline hover:bg-hover"
          >
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{words.kinds[kind]}</span>
              <span className="block text-quiet">{words.kindHelp[kind]}</span>
            </span>
            <Icon name="right" />
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

interface SettingsProps {
  readonly kind: string;
  readonly onMade: (channel: FullChannel) => void;
}

function Settings({ kind, onMade }: SettingsProps) {
  const words = useChannelWords();
  const queries = useQueryClient();
  return (
    <ChannelForm
      kind={kind}
      isNew
      first={emptyDraft(words.kinds[kind] ?? '')}
      button={words.form.make}
      work={async (name, config) => {
        onMade(await request<FullChannel>('POST', '/api/v1/channels', { body: { kind, name, config } }));
        await queries.invalidateQueries({ queryKey: ['channels'] });
      }}
    />
  );
}

/** The only time that a signing secret which was made here is shown. */
function Made({ channel }: { readonly channel: FullChannel }) {
  const words = useChannelWords();
  const secret = channel.config?.secret;
  return (
    <Page title={words.made.title(channel.name)} width="form">
      {channel.kind === 'webhook' && typeof secret === 'string' && (
        <Section title={words.made.secret}>
          <p className="text-quiet">{words.made.secretText}</p>
          <CopyLine text={secret} />
        </Section>
      )}
      <p>{words.made.next}</p>
      <TestButton channelId={channel.id} isPrimary />
      <div>
        <PageLink to={`/channels/${channel.id}`} className={buttonClass()}>
          {words.made.done}
        </PageLink>
      </div>
    </Page>
  );
}
