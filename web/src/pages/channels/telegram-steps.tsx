import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { type NewTelegramLink, telegramLinkQuery } from '../../api/channels.ts';
import { ApiError, request } from '../../api/client.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/page.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

/** A name, then a button that opens the bot, then "connected". */
export function TelegramSteps() {
  const words = useChannelWords();
  const { field } = useCommonWords();
  const [name, setName] = useState('Telegram');
  const [link, setLink] = useState<NewTelegramLink | null>(null);
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name'>({
    fields: ['name'],
    check: () => onlyErrors({ name: needed(name, field) }),
    work: async () => {
      setLink(await request<NewTelegramLink>('POST', '/api/v1/telegram-links', { body: { name: name.trim() } }));
    },
  });
  if (link !== null) return <Linking link={link} onAgain={() => setLink(null)} />;
  const isUnset = failure instanceof ApiError && failure.code === 'not_configured';
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={words.form.name} help={words.form.nameHelp} error={errorOf('name')}>
        <Input autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      {isUnset ? (
        <p role="alert" className="rounded-md border border-line bg-panel px-4 py-3">
          {words.telegram.notConfigured}
        </p>
      ) : (
        <FormFailure failure={failure} />
      )}
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {words.telegram.make}
        </Button>
      </div>
    </form>
  );
}

interface LinkingProps {
  readonly link: NewTelegramLink;
  readonly onAgain: () => void;
}

function Linking({ link, onAgain }: LinkingProps) {
  const { telegram: words } = useChannelWords();
  const queries = useQueryClient();
  const { data } = useQuery(telegramLinkQuery(link.id));
  const isLinked = data?.status === 'linked';
  useEffect(() => {
    if (isLinked) void queries.invalidateQueries({ queryKey: ['channels'] });
  }, [isLinked, queries]);

  if (isLinked) {
    const { channel } = data;
    return (
      <div aria-live="polite" className="flex flex-col items-start gap-3">
        <p className="flex items-center gap-2 text-base font-medium">
          <StatusShape status="up" isDecoration />
          {words.connected(channel?.title ?? link.name)}
        </p>
        <p className="text-quiet">{words.connectedText}</p>
        {typeof channel?.id === 'string' && (
          <PageLink to={`/channels/${channel.id}`} className={buttonClass({ look: 'primary' })}>
            {words.open}
          </PageLink>
        )}
      </div>
    );
  }
  if (data?.status === 'expired') {
    return (
      <div className="flex flex-col items-start gap-3">
        <p>{words.expired}</p>
        <Button onClick={onAgain}>{words.again}</Button>
      </div>
    );
  }
  return (
    <Section title={words.steps}>
      <Way title={words.private} text={words.privateText}>
        <TelegramLink href={link.private_url} label={words.private} isPrimary />
      </Way>
      <Way title={words.group} text={words.groupText}>
        <TelegramLink href={link.group_url} label={words.group} />
      </Way>
      <Way title={words.channel} text={words.channelText(link.bot)}>
        <CopyLine text={link.code} />
      </Way>
      <p role="status" className="flex items-center gap-2 text-quiet">
        <StatusShape status="running" isDecoration />
        {words.waiting}
      </p>
      <p className="text-xs text-quiet">
        {words.valid} <Time at={link.expires_at} form="short" />
      </p>
    </Section>
  );
}

interface WayProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Way({ title, text, children }: WayProps) {
  return (
    <div className="flex flex-col items-stretch gap-2 border-b border-line pb-4">
      <h3>{title}</h3>
      <p className="text-quiet">{text}</p>
      {children}
    </div>
  );
}

interface LinkProps {
  readonly href: string;
  readonly label: string;
  readonly isPrimary?: boolean;
}

function TelegramLink({ href, label, isPrimary = false }: LinkProps) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className={`${buttonClass({ look: isPrimary ? 'primary' : 'plain' })} self-start`}
    >
      {label}
      <Icon name="external" size={16} />
    </a>
  );
}
