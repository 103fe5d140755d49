import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { OwnTeam } from '../../api/people.ts';
import type { Membership } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useTeamWords } from '../../language/team.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';

/** Another team of one's own, with the language and zone of this one. */
export function NewTeam({ team }: { readonly team: OwnTeam }) {
  const { settings: words } = useTeamWords();
  const common = useCommonWords();
  const [isMaking, setMaking] = useState(false);
  const [name, setName] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name'>({
    fields: ['name'],
    check: () => onlyErrors({ name: needed(name, common.field) }),
    work: async () => {
      const body = { name: name.trim(), language: team.language, timezone: team.timezone };
      const made = await request<Membership>('POST', '/api/v1/teams', { body });
      await request('POST', `/api/v1/teams/${made.id}/choose`);
      // Everything that is shown was the other team's.
      location.assign(document.baseURI);
    },
  });
  return (
    <Section title={words.newTeam}>
      <p className="text-quiet">{words.newTeamText}</p>
      <div>
        <Button onClick={() => setMaking(true)}>{words.newTeamButton}</Button>
      </div>
      {isMaking && (
        <Dialog isOpen onClose={() => setMaking(false)} title={words.newTeamButton}>
          <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
            <Field label={words.name} error={errorOf('name')}>
              <Input autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            </Field>
            <FormFailure failure={failure} />
            <div className="flex justify-end">
              <Button type="submit" look="primary" isBusy={isBusy}>
                {words.newTeamButton}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </Section>
  );
}
