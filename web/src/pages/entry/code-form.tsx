import { useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { auth } from '../../api/identity.ts';
import { useEntryWords } from '../../language/entry.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { EntryFrame, Ways } from './frame.tsx';

interface Props {
  readonly onIn: () => void;
  readonly onBack: () => void;
}

/** The second factor: a code of the app, or one of the recovery codes. */
export function CodeForm({ onIn, onBack }: Props) {
  const { code: words, check } = useEntryWords();
  const [isBackup, setBackup] = useState(false);
  const [code, setCode] = useState('');
  const [isTrusted, setTrusted] = useState(false);

  const explain = (error: ApiError) => {
    if (error.code === 'INVALID_TWO_FACTOR_COOKIE') return { code: words.over };
    if (error.status === 401 || error.status === 400) return { code: isBackup ? words.wrongBackup : words.wrong };
    return null;
  };
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'code'>({
    fields: ['code'],
    check: () => onlyErrors({ code: needed(code, check) }),
    explain,
    work: async () => {
      const path = isBackup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp';
      await auth(path, { code: code.replaceAll(/\s/g, ''), ...(isTrusted ? { trustDevice: true } : {}) });
      onIn();
    },
  });

  return (
    <EntryFrame title={words.title} text={isBackup ? words.backupText : words.text}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        <Field key={String(isBackup)} label={isBackup ? words.backup : words.code} error={errorOf('code')}>
          <Input
            name="code"
            autoComplete="one-time-code"
            inputMode={isBackup ? 'text' : 'numeric'}
            autoFocus
            spellCheck={false}
            className="font-mono tracking-wider"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
        {!isBackup && (
          <Checkbox label={words.trust} checked={isTrusted} onChange={(event) => setTrusted(event.target.checked)} />
        )}
        <FormFailure failure={failure} />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.enter}
          </Button>
        </div>
      </form>
      <Ways>
        <button
          type="button"
          className="py-1 text-accent underline underline-offset-2"
          onClick={() => {
            setBackup(!isBackup);
            setCode('');
          }}
        >
          {isBackup ? words.useCode : words.useBackup}
        </button>
        <button type="button" className="py-1 text-accent underline underline-offset-2" onClick={onBack}>
          {words.again}
        </button>
      </Ways>
    </EntryFrame>
  );
}
