import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { OwnTeam } from '../../api/people.ts';
import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { useTellingWords } from '../../language/telling.ts';
import { formatSetting } from '../../language/times.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';

const USUAL_SECONDS: readonly number[] = [900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
const NEVER = 'never';

interface Props {
  readonly team: OwnTeam;
  readonly mayChange: boolean;
}

/** How often an open incident is told again until somebody takes it on. */
export function Reminders({ team, mayChange }: Props) {
  const { reminders: words } = useTellingWords();
  const common = useCommonWords();
  const { language } = useLanguage();
  const toast = useToast();
  const queries = useQueryClient();
  const known = team.reminder_every_seconds;
  const [every, setEvery] = useState(known === null ? NEVER : String(known));
  const textOf = (seconds: number) => words.eachOf(formatSetting(seconds, language));
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'reminder_every_seconds'>({
    fields: ['reminder_every_seconds'],
    work: async () => {
      const body = { reminder_every_seconds: every === NEVER ? null : Number(every) };
      queries.setQueryData(['team'], await request<OwnTeam>('PATCH', '/api/v1/team', { body }));
      toast({ text: words.saved });
    },
  });
  // What was set by the API need not be one of the usual lengths.
  const choices = [...new Set([...USUAL_SECONDS, ...(known === null ? [] : [known])])].sort(
    (one, other) => one - other,
  );
  return (
    <Section title={words.title}>
      <p className="max-w-prose text-quiet">{words.text}</p>
      {mayChange ? (
        <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
          <Field label={words.every} error={errorOf('reminder_every_seconds')}>
            <Select className="w-52!" value={every} onChange={(event) => setEvery(event.target.value)}>
              <option value={NEVER}>{words.never}</option>
              {choices.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {textOf(seconds)}
                </option>
              ))}
            </Select>
          </Field>
          <FormFailure failure={failure} />
          <div>
            <Button type="submit" isBusy={isBusy}>
              {common.action.save}
            </Button>
          </div>
        </form>
      ) : (
        <p>
          {words.every}: {known === null ? words.never : textOf(known)}
        </p>
      )}
    </Section>
  );
}
