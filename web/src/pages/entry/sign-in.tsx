import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { address } from '../../api/client.ts';
import { auth, hasPasskeys, type SignInOptions, signInByPasskey, signInOptionsQuery } from '../../api/identity.ts';
import { useEntryWords } from '../../language/entry.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CodeForm } from './code-form.tsx';
import { EntryFrame, Ways } from './frame.tsx';
import { KeyForm } from './key-form.tsx';
import { useNext } from './next.ts';
import { PasswordForm } from './password-form.tsx';

/** Signing in: by password, then perhaps a code; by passkey, provider, a mailed link; or by an API key. */
export function SignInPage() {
  const words = useEntryWords();
  const { data: options, isPending } = useQuery(signInOptionsQuery);
  const [step, setStep] = useState<'password' | 'code' | 'key'>('password');
  const { enter, isRefused } = useNext();

  if (step === 'code') return <CodeForm onIn={() => enter()} onBack={() => setStep('password')} />;
  if (step === 'key') {
    return (
      <EntryFrame title={words.signIn.key}>
        <KeyForm />
        <Ways>
          <Button look="quiet" size="small" onClick={() => setStep('password')}>
            {words.signIn.withPassword}
          </Button>
        </Ways>
      </EntryFrame>
    );
  }
  if (isPending) {
    return (
      <EntryFrame title={words.signIn.title}>
        <Skeleton lines={4} />
      </EntryFrame>
    );
  }
  // Where nobody is, nobody has a password.
  if (options?.setup_needed === true) {
    return (
      <EntryFrame title={words.signIn.title}>
        <SetupHint />
        <KeyForm />
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={words.signIn.title}>
      {isRefused && (
        <p role="alert" className="text-down">
          {words.signIn.providerRefused(options?.provider ?? '')}
        </p>
      )}
      <PasswordForm onIn={() => enter()} onCode={() => setStep('code')} />
      <OtherWays options={options} onKey={() => setStep('key')} />
    </EntryFrame>
  );
}

function SetupHint() {
  const { signIn } = useEntryWords();
  return (
    <section className="flex flex-col gap-2 rounded-md border border-line bg-panel p-4">
      <h2 className="font-semibold">{signIn.setupTitle}</h2>
      <p className="text-quiet">{signIn.setupText}</p>
      <CopyLine text="allswell user setup-link" />
    </section>
  );
}

interface OtherProps {
  readonly options: SignInOptions | undefined;
  readonly onKey: () => void;
}

function OtherWays({ options, onKey }: OtherProps) {
  const { signIn } = useEntryWords();
  const { enter, keep, wanted } = useNext();
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  const isRefused = failure instanceof DOMException;
  const byProvider = () =>
    doIt(async () => {
      const { url } = await auth<{ url: string }>('/sign-in/social', {
        provider: 'oidc',
        callbackURL: address(wanted),
        errorCallbackURL: address('/sign-in'),
      });
      location.assign(url);
    });
  const byPasskey = () =>
    doIt(async () => {
      setFailure(null);
      await signInByPasskey();
      enter();
    });
  return (
    <Ways>
      {isRefused ? (
        <p role="alert" className="text-down">
          {signIn.passkeyFailed}
        </p>
      ) : (
        <FormFailure failure={failure} />
      )}
      {options?.passkeys === true && hasPasskeys() && (
        <Button isBusy={isBusy} onClick={byPasskey} className="w-full">
          <Icon name="key" />
          {signIn.passkey}
        </Button>
      )}
      {typeof options?.provider === 'string' && (
        <Button isBusy={isBusy} onClick={byProvider} className="w-full">
          {signIn.provider(options.provider)}
        </Button>
      )}
      {options?.mail === true && (
        <PageLink to={keep('/sign-in-link')} className={`${buttonClass()} w-full`}>
          <Icon name="mail" />
          {signIn.link}
        </PageLink>
      )}
      {options?.sign_up === 'open' && options.mail && (
        <PageLink to="/sign-up" className="py-1">
          {signIn.signUp}
        </PageLink>
      )}
      <button type="button" onClick={onKey} className="py-1 text-accent underline underline-offset-2">
        {signIn.key}
      </button>
    </Ways>
  );
}
