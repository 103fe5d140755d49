import { type ReactNode, useState } from 'react';
import { address } from '../../api/client.ts';
import type { StatusPage } from '../../api/status-page-facts.ts';
import { useCommonWords } from '../../language/common.ts';
import { LANGUAGES } from '../../language/languages.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Checkbox, Choice, Field, Input, TextArea } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';
import {
  besideFields,
  bodyOf,
  checkDraft,
  STATUS_PAGE_FIELDS,
  type StatusPageDraft,
  type StatusPageField,
  slugOf,
} from './draft.ts';
import { GroupsField } from './groups-field.tsx';
import { LogoField } from './logo-field.tsx';

interface Props {
  readonly first: StatusPageDraft;
  /** The one that is changed; null: a new one. */
  readonly page: StatusPage | null;
  /** "Save" when not given. */
  readonly button?: ReactNode;
  readonly back: string;
  readonly work: (body: Record<string, unknown>) => Promise<void>;
}

/** What it is called and where it is, what it shows, and how. */
export function StatusPageForm({ first, page, button, back, work }: Props) {
  const { form: words } = useStatusPageWords();
  const common = useCommonWords();
  const [draft, setDraft] = useState(first);
  const change = (part: Partial<StatusPageDraft>) => setDraft((before) => ({ ...before, ...part }));
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<StatusPageField>({
    fields: STATUS_PAGE_FIELDS,
    check: () => checkDraft(draft, words, common.field.required),
    explain: (error) => besideFields(error.body.errors ?? [], words),
    work: () => work(bodyOf(draft)),
  });
  const error = errorOf('groups');
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-6">
      <Field label={words.title} help={words.titleHelp} error={errorOf('title')}>
        <Input
          autoFocus
          name="title"
          maxLength={100}
          value={draft.title}
          onChange={({ target: { value } }) =>
            change(draft.isSlugOwn ? { title: value } : { title: value, slug: slugOf(value) })
          }
        />
      </Field>
      <Field
        label={words.slug}
        help={<span className="break-all">{address(`/status/${draft.slug}`)}</span>}
        error={errorOf('slug')}
      >
        <Input
          name="slug"
          spellCheck={false}
          autoCapitalize="off"
          value={draft.slug}
          onChange={(event) => change({ slug: event.target.value, isSlugOwn: true })}
        />
      </Field>
      <div className="flex flex-col gap-3">
        <div>
          <h2 className="text-base">{words.groups}</h2>
          <p className="text-quiet">{words.groupsText}</p>
        </div>
        <GroupsField groups={draft.groups} onChange={(groups) => change({ groups })} />
        {error !== undefined && (
          <p role="alert" className="text-xs text-down">
            {error}
          </p>
        )}
      </div>
      <Field label={words.intro} help={words.introHelp} error={errorOf('intro')} isOptional>
        <TextArea maxLength={5_000} value={draft.intro} onChange={(event) => change({ intro: event.target.value })} />
      </Field>
      <LogoField logo={draft.logo} page={page} error={errorOf('logo')} onChange={(logo) => change({ logo })} />
      <div>
        <Choice
          label={words.language}
          value={draft.language}
          options={LANGUAGES.map((each) => ({ value: each, label: common.language[each] }))}
          onChange={(language) => change({ language })}
        />
        <p className="mt-1.5 text-xs text-quiet">{words.languageHelp}</p>
      </div>
      <Field label={words.zone} help={words.zoneHelp} error={errorOf('timezone')}>
        <ZoneInput value={draft.timezone} onChange={(event) => change({ timezone: event.target.value })} />
      </Field>
      <Field label={words.host} help={words.hostHelp} error={errorOf('host')} isOptional>
        <Input
          name="host"
          spellCheck={false}
          autoCapitalize="off"
          maxLength={253}
          placeholder="status.example.com"
          value={draft.host}
          onChange={(event) => change({ host: event.target.value })}
        />
      </Field>
      <Checkbox
        label={words.public}
        help={words.publicHelp}
        checked={draft.isPublic}
        onChange={(event) => change({ isPublic: event.target.checked })}
      />
      <FormFailure failure={failure} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {button ?? common.action.save}
        </Button>
        <PageLink to={back} className={buttonClass()}>
          {common.action.cancel}
        </PageLink>
      </div>
    </form>
  );
}
