import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { address, request } from '../../api/client.ts';
import { auth, signInOptionsQuery } from '../../api/identity.ts';
import { useEntryWords } from '../../language/entry.ts';
import { checkEmail, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { EntryFrame, Ways } from './frame.tsx';
import { PersonForm } from './person-form.tsx';

interface EmailFormProps {
  readonly button: string;
  readonly work: (email: string) => Promise<void>;
}

function EmailForm({ button, work }: EmailFormProps) {
  const words = useEntryWords();
  const [email, setEmail] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'email'>({
    fields: ['email'],
    check: () => onlyErrors({ email: checkEmail(email, words.check) }),
    work: () => work(email.trim()),
  });
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={words.email} error={errorOf('email')}>
        <Input
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
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

function Done({ title, text }: { readonly title: string; readonly text: ReactNode }) {
  const words = useEntryWords();
  return (
    <EntryFrame title={title} text={text}>
      <div>
        <PageLink to="/sign-in" className={buttonClass()}>
          {words.toSignIn}
        </PageLink>
      </div>
    </EntryFrame>
  );
}

function BackToSignIn() {
  const words = useEntryWords();
  return (
    <Ways>
      <PageLink to="/sign-in" className="py-1">
        {words.toSignIn}
      </PageLink>
    </Ways>
  );
}

/** Asking for a link to sign in. */
export function AskLinkPage() {
  const { link: words } = useEntryWords();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const send = async (email: string) => {
    await auth('/sign-in/magic-link', { email });
    setSentTo(email);
  };
  if (sentTo !== null) return <Done title={words.sent} text={words.sentText(sentTo)} />;
  return (
    <EntryFrame title={words.title} text={words.text}>
      <EmailForm button={words.send} work={send} />
      <BackToSignIn />
    </EntryFrame>
  );
}

/** Asking for a link to set a new password; without mail the operator has to print it. */
export function ForgotPage() {
  const { forgot: words } = useEntryWords();
  const { data: options } = useQuery(signInOptionsQuery);
  const [sentTo, setSentTo] = useState<string | null>(null);
  const send = async (email: string) => {
    await auth('/request-password-reset', { email, redirectTo: address('/reset-password') });
    setSentTo(email);
  };
  if (sentTo !== null) return <Done title={words.sent} text={words.sentText(sentTo)} />;
  if (options?.mail === false) {
    return (
      <EntryFrame title={words.title} text={words.noMail}>
        <CopyLine text="allswell user reset-link EMAIL" />
        <BackToSignIn />
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={words.title} text={words.text}>
      <EmailForm button={words.send} work={send} />
      <BackToSignIn />
    </EntryFrame>
  );
}

/** Making an account, where everybody may. */
export function SignUpPage() {
  const { signUp: words } = useEntryWords();
  const { data: options } = useQuery(signInOptionsQuery);
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo !== null) return <Done title={words.sent} text={words.sentText(sentTo)} />;
  if (options !== undefined && options.sign_up !== 'open') return <Done title={words.closed} text={words.closedText} />;
  return (
    <EntryFrame title={words.title}>
      <PersonForm
        button={words.make}
        work={async (person) => {
          await request('POST', '/api/v1/sign-up', { body: person, open: true });
          setSentTo(person.email);
        }}
      />
      <BackToSignIn />
    </EntryFrame>
  );
}
