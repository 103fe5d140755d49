import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { OwnTeam } from '../../api/people.ts';
import { useCommonWords } from '../../language/common.ts';
import { LANGUAGES } from '../../language/languages.ts';
import { useTeamWords } from '../../language/team.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { isKnownZone } from '../../lib/zones.ts';
import { Button } from '../../ui/button.tsx';
import { Choice, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';

interface Props {
  readonly team: OwnTeam;
  readonly isReadOnly: boolean;
}

export function TeamForm({ team, isReadOnly }: Props) {
  const { settings: words } = useTeamWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [name, setName] = useState(team.name);
  const [language, setLanguage] = useState(team.language);
  const [timezone, setTimezone] = useState(team.timezone);
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name' | 'timezone'>({
    fields: ['name', 'timezone'],
    check: () =>
      onlyErrors({
        name: needed(name, common.field),
        timezone: needed(timezone, common.field) ?? (isKnownZone(timezone.trim()) ? undefined : words.zoneUnknown),
      }),
    explain: (error) => (error.messageOf('timezone') === undefined ? null : { timezone: words.zoneUnknown }),
    work: async () => {
      const body = { name: name.trim(), language, timezone: timezone.trim() };
      queries.setQueryData(['team'], await request<OwnTeam>('PATCH', '/api/v1/team', { body }));
      toast({ text: words.saved });
      await queries.invalidateQueries({ queryKey: ['me'] });
    },
  });
  if (isReadOnly) {
    return (
      <Section title={words.team}>
        <p className="text-quiet">{words.readOnly}</p>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          <dt className="text-quiet">{words.name}</dt>
          <dd>{team.name}</dd>
          <dt className="text-quiet">{words.language}</dt>
          <dd>{common.language[team.language]}</dd>
          <dt className="text-quiet">{words.zone}</dt>
          <dd>{team.timezone}</dd>
        </dl>
      </Section>
    );
  }
  return (
    <Section title={words.team}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        <Field label={words.name} error={errorOf('name')}>
          <Input name="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <Choice
            label={words.language}
            value={language}
            options={LANGUAGES.map((each) => ({ value: each, label: common.language[each] }))}
            onChange={setLanguage}
          />
          <p className="mt-1.5 text-xs text-quiet">{words.languageHelp}</p>
        </div>
        <Field label={words.zone} help={words.zoneHelp} error={errorOf('timezone')}>
          <ZoneInput name="timezone" value={timezone} onChange={(event) => setTimezone(event.target.value)} />
        </Field>
        <FormFailure failure={failure} />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {common.action.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}
