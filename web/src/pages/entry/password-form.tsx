import { useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { auth } from '../../api/identity.ts';
import { useEntryWords } from '../../language/entry.ts';
import { checkEmail, needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { PasswordInput } from '../../ui/password.tsx';

interface Props {
  /** The address, where it is known beforehand. */
  readonly email?: string;
  readonly onIn: () => void;
  /** A second factor is wanted. */
  readonly onCode: () => void;
}

export function PasswordForm({ email: known = '', onIn, onCode }: Props) {
  const words = useEntryWords();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');

  const explain = (error: ApiError) => {
    if (error.code === 'EMAIL_NOT_VERIFIED') return { email: words.signIn.unconfirmed };
    if (error.status === 401) return { password: words.signIn.wrong };
    return null;
  };
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'email' | 'password'>({
    fields: ['email', 'password'],
    check: () => onlyErrors({ email: checkEmail(email, words.check), password: needed(password, words.check) }),
    explain,
    work: async () => {
      const given = { email: email.trim(), password };
      const answer = await auth<{ twoFactorRedirect?: boolean }>('/sign-in/email', given);
      if (answer.twoFactorRedirect === true) onCode();
      else onIn();
    },
  });

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={words.email} error={errorOf('email')}>
        <Input
          type="email"
          name="email"
          autoComplete="username webauthn"
          autoFocus={known === ''}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label={words.password} error={errorOf('password')}>
        <PasswordInput
          name="password"
          autoComplete="current-password"
          autoFocus={known !== ''}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <FormFailure failure={failure} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {words.signIn.enter}
        </Button>
        <PageLink to="/forgot" className="py-1">
          {words.signIn.forgot}
        </PageLink>
      </div>
    </form>
  );
}
