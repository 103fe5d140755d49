import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { auth } from '../../api/identity.ts';
import { useAccountWords } from '../../language/account.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Section } from '../../ui/page.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { useToast } from '../../ui/toast.tsx';
import { PasswordStep } from './password-step.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';
import { type TotpSecret, TotpSteps } from './totp-steps.tsx';

type Step =
  | { readonly name: 'enable' | 'disable' | 'renew' }
  | { readonly name: 'scan'; readonly secret: TotpSecret }
  | { readonly name: 'codes'; readonly codes: readonly string[] };

/** The code of an app beside the password: setting it up, its recovery codes, switching it off. */
export function SecondFactor({ isOn }: { readonly isOn: boolean }) {
  const { totp: words } = useAccountWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [step, setStep] = useState<Step | null>(null);
  const close = () => setStep(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ['me'] });

  const withPassword = async (password: string) => {
    if (step?.name === 'enable') {
      const made = await auth<TotpSecret>('/two-factor/enable', { password });
      setStep({ name: 'scan', secret: made });
    } else if (step?.name === 'renew') {
      const made = await auth<{ backupCodes: string[] }>('/two-factor/generate-backup-codes', { password });
      setStep({ name: 'codes', codes: made.backupCodes });
    } else {
      await auth('/two-factor/disable', { password });
      close();
      toast({ text: words.disabled });
      await refresh();
    }
  };
  const enabled = () => {
    close();
    toast({ text: words.enabled });
    void refresh();
  };

  return (
    <Section title={words.title}>
      <p className="flex items-start gap-2">
        <span className="mt-0.5">
          <StatusShape status={isOn ? 'up' : 'new'} isDecoration />
        </span>
        {isOn ? words.on : words.off}
      </p>
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <>
            <Button onClick={() => setStep({ name: 'renew' })}>{words.newCodes}</Button>
            <Button look="danger" onClick={() => setStep({ name: 'disable' })}>
              {words.disable}
            </Button>
          </>
        ) : (
          <Button onClick={() => setStep({ name: 'enable' })}>{words.enable}</Button>
        )}
      </div>
      {(step?.name === 'enable' || step?.name === 'disable' || step?.name === 'renew') && (
        <Dialog isOpen onClose={close} title={words.passwordTitle} text={words.passwordText}>
          <PasswordStep work={withPassword} button={step.name === 'disable' ? words.disable : words.continue} />
        </Dialog>
      )}
      {step?.name === 'scan' && (
        <Dialog isOpen onClose={close} title={words.scan}>
          <TotpSteps secret={step.secret} onEnabled={enabled} />
        </Dialog>
      )}
      {step?.name === 'codes' && (
        <Dialog isOpen onClose={close} title={words.codesTitle} text={`${words.renewed} ${words.codesText}`}>
          <RecoveryCodes codes={step.codes} onKept={close} />
        </Dialog>
      )}
    </Section>
  );
}
