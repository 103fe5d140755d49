import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { auth } from '../../api/identity.ts';
import { useAccountWords } from '../../language/account.ts';
import { useEntryWords } from '../../language/entry.ts';
import { checkNewPassword, needed, onlyErrors } from '../../lib/checks.ts';
import { MIN_PASSWORD_LENGTH } from '../../lib/password-length.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { PasswordInput } from '../../ui/password.tsx';
import { useToast } from '../../ui/toast.tsx';

export function PasswordSection() {
  const { password: words } = useAccountWords();
  const entry = useEntryWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [endsOthers, setEndsOthers] = useState(true);

  const explain = (error: ApiError) => {
    if (error.code === 'INVALID_PASSWORD') return { current: words.wrong };
    if (error.code === 'CREDENTIAL_ACCOUNT_NOT_FOUND') return { current: words.none };
    return null;
  };
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'current' | 'next'>({
    fields: ['current', 'next'],
    check: () => onlyErrors({ current: needed(current, entry.check), next: checkNewPassword(next, entry.check) }),
    explain,
    work: async () => {
      const body = { currentPassword: current, newPassword: next, revokeOtherSessions: endsOthers };
      await auth('/change-password', body);
      setCurrent('');
      setNext('');
      toast({ text: endsOthers ? words.savedOthers : words.saved });
      await queries.invalidateQueries({ queryKey: ['sessions'] });
    },
  });
  return (
    <Section title={words.title}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        <Field label={words.current} error={errorOf('current')}>
          <PasswordInput
            name="current"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field label={words.next} help={entry.passwordHelp(MIN_PASSWORD_LENGTH)} error={errorOf('next')}>
          <PasswordInput
            name="next"
            autoComplete="new-password"
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </Field>
        <Checkbox label={words.others} checked={endsOthers} onChange={(event) => setEndsOthers(event.target.checked)} />
        <FormFailure failure={failure} />
        <div>
          <Button type="submit" isBusy={isBusy}>
            {words.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}
