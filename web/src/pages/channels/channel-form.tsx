import { type ReactNode, useState } from 'react';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { besideFields, CHANNEL_FIELDS, type ChannelDraft, type ChannelField, checkDraft, configOf } from './draft.ts';

interface Props {
  readonly kind: string;
  readonly first: ChannelDraft;
  readonly isNew: boolean;
  readonly button: ReactNode;
  readonly work: (name: string, config: Record<string, unknown>) => Promise<void>;
}

/** The settings of a channel, by its kind. */
export function ChannelForm({ kind, first, isNew, button, work }: Props) {
  const { form: words } = useChannelWords();
  const { field } = useCommonWords();
  const [draft, setDraft] = useState(first);
  const change = (part: Partial<ChannelDraft>) => setDraft({ ...draft, ...part });
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<ChannelField>({
    fields: CHANNEL_FIELDS,
    check: () => checkDraft(kind, draft, words, field.required),
    explain: (error) => besideFields(error.body.errors ?? []),
    work: () => work(draft.name.trim(), configOf(kind, draft, isNew)),
  });
  const hasUrl = kind === 'webhook' || kind === 'slack' || kind === 'discord';
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      {isNew && (
        <ol className="flex list-decimal flex-col gap-1 pl-5">
          {words.steps[kind]?.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
      <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
        <Input
          name="name"
          autoFocus
          maxLength={100}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
        />
      </Field>
      {kind === 'email' && (
        <Field label={words.to} help={words.toHelp} error={errorOf('config.to')}>
          <Input
            name="to"
            spellCheck={false}
            value={draft.to}
            onChange={(event) => change({ to: event.target.value })}
          />
        </Field>
      )}
      {hasUrl && (
        <Field label={words.url} help={isNew ? words.urlHelp[kind] : words.keep} error={errorOf('config.url')}>
          <Input
            name="url"
            type="url"
            spellCheck={false}
            className="font-mono text-xs"
            placeholder="https://"
            value={draft.url}
            onChange={(event) => change({ url: event.target.value })}
          />
        </Field>
      )}
      {kind === 'webhook' && <WebhookFields draft={draft} isNew={isNew} errorOf={errorOf} onChange={change} />}
      <FormFailure failure={failure} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {button}
        </Button>
      </div>
    </form>
  );
}

interface WebhookProps {
  readonly draft: ChannelDraft;
  readonly isNew: boolean;
  readonly errorOf: (field: ChannelField) => string | undefined;
  readonly onChange: (part: Partial<ChannelDraft>) => void;
}

function WebhookFields({ draft, isNew, errorOf, onChange }: WebhookProps) {
  const { form: words } = useChannelWords();
  return (
    <>
      <Field
        label={words.secret}
        help={isNew ? words.secretHelp : words.keep}
        error={errorOf('config.secret')}
        isOptional={isNew}
      >
        <Input
          name="secret"
          spellCheck={false}
          autoComplete="off"
          className="font-mono text-xs"
          placeholder="whsec_"
          value={draft.secret}
          onChange={(event) => onChange({ secret: event.target.value })}
        />
      </Field>
      <Field label={words.headers} help={words.headersHelp} error={errorOf('config.headers')} isOptional>
        <TextArea
          name="headers"
          spellCheck={false}
          rows={2}
          className="font-mono text-xs"
          value={draft.headers}
          onChange={(event) => onChange({ headers: event.target.value })}
        />
      </Field>
    </>
  );
}
