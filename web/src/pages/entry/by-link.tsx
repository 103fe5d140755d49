import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { auth, readAuth } from '../../api/identity.ts';
import { useEntryWords } from '../../language/entry.ts';
import { checkNewPassword, onlyErrors } from '../../lib/checks.ts';
import { MIN_PASSWORD_LENGTH } from '../../lib/password-length.ts';
import { useDo, useSubmit } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { PasswordInput } from '../../ui/password.tsx';
import { EntryFrame } from './frame.tsx';
import { useNext } from './next.ts';

const useToken = () => (useParams({ strict: false }) as { token: string }).token;

/** The link is of no use any more, by what the server said. */
const isUsed = (error: unknown) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

interface EndProps {
  readonly title: string;
  readonly text: string;
  readonly to: string;
  readonly label: string;
}

function End({ title, text, to, label }: EndProps) {
  return (
    <EntryFrame title={title} text={text}>
      <div>
        <PageLink to={to} className={buttonClass({ look: 'primary' })}>
          {label}
        </PageLink>
      </div>
    </EntryFrame>
  );
}

/** A link of a mail that signs in; it is used by the button, not by opening the page. */
export function SignInLinkPage() {
  const { link: words, signIn } = useEntryWords();
  const token = useToken();
  const { enter } = useNext();
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  if (isUsed(failure)) return <End title={words.title} text={words.used} to="/sign-in-link" label={words.send} />;
  return (
    <EntryFrame title={words.confirmTitle} text={words.confirmText}>
      <FormFailure failure={failure} />
      <div>
        <Button
          look="primary"
          isBusy={isBusy}
          onClick={() =>
            doIt(async () => {
              await readAuth('/magic-link/verify', { token });
              enter('/');
            })
          }
        >
          {signIn.enter}
        </Button>
      </div>
    </EntryFrame>
  );
}

export function ConfirmEmailPage() {
  const { confirm: words, toSignIn } = useEntryWords();
  const token = useToken();
  const [isDone, setDone] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  if (isDone) return <End title={words.done} text={words.doneText} to="/sign-in" label={toSignIn} />;
  if (isUsed(failure)) return <End title={words.title} text={words.used} to="/sign-in" label={toSignIn} />;
  return (
    <EntryFrame title={words.title} text={words.text}>
      <FormFailure failure={failure} />
      <div>
        <Button
          look="primary"
          isBusy={isBusy}
          onClick={() =>
            doIt(async () => {
              await readAuth('/verify-email', { token });
              setDone(true);
            })
          }
        >
          {words.button}
        </Button>
      </div>
    </EntryFrame>
  );
}

/** A link of a mail, or one that the operator printed, to set a new password. */
export function ResetPasswordPage() {
  const words = useEntryWords();
  const token = useToken();
  const [password, setPassword] = useState('');
  const [isDone, setDone] = useState(false);
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'password'>({
    fields: ['password'],
    check: () => onlyErrors({ password: checkNewPassword(password, words.check) }),
    work: async () => {
      await auth('/reset-password', { token, newPassword: password });
      setDone(true);
    },
  });
  if (isDone) return <End title={words.reset.done} text={words.reset.doneText} to="/sign-in" label={words.toSignIn} />;
  if (isUsed(failure)) {
    return <End title={words.reset.title} text={words.reset.used} to="/forgot" label={words.forgot.send} />;
  }
  return (
    <EntryFrame title={words.reset.title}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        <Field label={words.newPassword} help={words.passwordHelp(MIN_PASSWORD_LENGTH)} error={errorOf('password')}>
          <PasswordInput
            name="password"
            autoComplete="new-password"
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <FormFailure failure={failure} />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.reset.save}
          </Button>
        </div>
      </form>
    </EntryFrame>
  );
}
