import { useState } from 'react';
import { type ApiError, request, setApiKey } from '../../api/client.ts';
import { useEntryWords } from '../../language/entry.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { useNext } from './next.ts';

/** For an install without people: an API key, kept for as long as the tab is open. */
export function KeyForm() {
  const { signIn, check } = useEntryWords();
  const { enter } = useNext();
  const [key, setKey] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'key'>({
    fields: ['key'],
    check: () => onlyErrors({ key: needed(key, check) }),
    explain: (error: ApiError) => (error.status === 401 ? { key: signIn.unknownKey } : null),
    work: async () => {
      setApiKey(key.trim());
      try {
        await request('GET', '/api/v1/team', { open: true });
      } catch (error) {
        setApiKey(null);
        throw error;
      }
      enter(undefined, { withKey: true });
    },
  });
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={signIn.keyField} help={signIn.keyHelp} error={errorOf('key')}>
        <Input
          type="password"
          autoComplete="off"
          autoFocus
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </Field>
      <FormFailure failure={failure} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {signIn.enter}
        </Button>
      </div>
    </form>
  );
}
