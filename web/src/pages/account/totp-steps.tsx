import { useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { auth } from '../../api/identity.ts';
import { useAccountWords } from '../../language/account.ts';
import { useEntryWords } from '../../language/entry.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Qr } from '../../ui/qr.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

/** What the server made for an app; it counts once the first code was right. */
export interface TotpSecret {
  readonly totpURI: string;
  readonly backupCodes: readonly string[];
}

interface Props {
  readonly secret: TotpSecret;
  readonly onEnabled: () => void;
}

/** Scan, keep the recovery codes, prove it by the first code. */
export function TotpSteps({ secret, onEnabled }: Props) {
  const { totp: words } = useAccountWords();
  const { check } = useEntryWords();
  const [isKept, setKept] = useState(false);
  const [code, setCode] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'code'>({
    fields: ['code'],
    check: () => onlyErrors({ code: needed(code, check) }),
    explain: (error: ApiError) => (error.status === 400 || error.status === 401 ? { code: words.wrongCode } : null),
    work: async () => {
      await auth('/two-factor/verify-totp', { code: code.replaceAll(/\s/g, '') });
      onEnabled();
    },
  });
  const key = new URL(secret.totpURI).searchParams.get('secret') ?? '';
  if (!isKept) {
    return (
      <div className="flex flex-col gap-4 pt-1">
        <Qr text={secret.totpURI} label={words.qr} />
        <p className="text-quiet">{words.scanText}</p>
        <CopyLine text={key} />
        <p>
          <a href={secret.totpURI}>{words.open}</a>
        </p>
        <h3>{words.codesTitle}</h3>
        <p className="-mt-3 text-quiet">{words.codesText}</p>
        <RecoveryCodes codes={secret.backupCodes} onKept={() => setKept(true)} />
      </div>
    );
  }
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
      <Field label={words.verify} help={words.verifyHelp} error={errorOf('code')}>
        <Input
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          className="font-mono tracking-wider"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      <FormFailure failure={failure} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {words.finish}
        </Button>
      </div>
    </form>
  );
}
