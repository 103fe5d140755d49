import { type ReactNode, useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { useAccountWords } from '../../language/account.ts';
import { useEntryWords } from '../../language/entry.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PasswordInput } from '../../ui/password.tsx';

interface Props {
  readonly button: ReactNode;
  readonly work: (password: string) => Promise<void>;
}

/** Asks for the password before something that guards the account is changed. */
export function PasswordStep({ button, work }: Props) {
  const { password: words } = useAccountWords();
  const entry = useEntryWords();
  const [password, setPassword] = useState('');
  const explain = (error: ApiError) => {
    if (error.code === 'CREDENTIAL_ACCOUNT_NOT_FOUND') return { password: words.none };
    return error.status === 400 || error.status === 401 ? { password: words.wrong } : null;
  };
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'password'>({
    fields: ['password'],
    check: () => onlyErrors({ password: needed(password, entry.check) }),
    explain,
    work: () => work(password),
  });
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
      <Field label={words.current} error={errorOf('password')}>
        <PasswordInput
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <FormFailure failure={failure} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {button}
        </Button>
      </div>
    </form>
  );
}
