import { type ReactNode, useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { useEntryWords } from '../../language/entry.ts';
import { checkEmail, checkNewPassword, needed, onlyErrors } from '../../lib/checks.ts';
import { MIN_PASSWORD_LENGTH } from '../../lib/password-length.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PasswordInput } from '../../ui/password.tsx';

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

type PersonField = 'name' | 'email' | 'password';

interface Props {
  /** An address that cannot be chosen: the one that was invited. */
  readonly email?: string;
  readonly button: ReactNode;
  readonly work: (person: NewPerson) => Promise<void>;
  readonly explain?: (error: ApiError) => Partial<Record<PersonField, string>> | null;
}

/** Somebody new: name, address, password. */
export function PersonForm({ email: invited, button, work, explain }: Props) {
  const words = useEntryWords();
  const [name, setName] = useState('');
  const [email, setEmail] = useState(invited ?? '');
  const [password, setPassword] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<PersonField>({
    fields: ['name', 'email', 'password'],
    check: () =>
      onlyErrors({
        name: needed(name, words.check),
        email: checkEmail(email, words.check),
        password: checkNewPassword(password, words.check),
      }),
    ...(explain === undefined ? {} : { explain }),
    work: () => work({ name: name.trim(), email: email.trim(), password }),
  });
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
        <Input
          name="name"
          autoComplete="name"
          maxLength={100}
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={words.email} error={errorOf('email')}>
        <Input
          type="email"
          name="email"
          autoComplete="username"
          maxLength={254}
          readOnly={invited !== undefined}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label={words.password} help={words.passwordHelp(MIN_PASSWORD_LENGTH)} error={errorOf('password')}>
        <PasswordInput
          name="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <FormFailure failure={failure} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {button}
        </Button>
      </div>
    </form>
  );
}
