import { useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiError, request, setApiKey } from '../../api/client.ts';
import { useCommonWords } from '../../language/common.ts';
import { en } from '../../language/en/sign-in.ts';
import { wordsOf } from '../../language/provider.tsx';
import { ru } from '../../language/ru/sign-in.ts';
import { Button } from '../../ui/button.tsx';
import { errorText } from '../../ui/error-note.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { useGo } from '../../ui/link.tsx';
import { Lantern } from '../../ui/shell/rail.tsx';

const useWords = wordsOf({ en, ru });

/** Only a path of ours: nobody is led elsewhere by a link that looks like our sign-in. */
export function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
}

export function SignInPage() {
  const words = useWords();
  const common = useCommonWords();
  const go = useGo();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const enter = async (event: FormEvent) => {
    event.preventDefault();
    const given = key.trim();
    if (given === '') return setError(common.field.required);
    setBusy(true);
    setApiKey(given);
    try {
      await request('GET', '/api/v1/team', { open: true });
      go(safeNext(next), { replace: true });
    } catch (problem) {
      setApiKey(null);
      setError(problem instanceof ApiError && problem.status === 401 ? words.unknownKey : errorText(problem, common));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <h1 className="flex items-center gap-2.5 text-lg">
        <Lantern size={24} />
        allswell
      </h1>
      <form onSubmit={(event) => void enter(event)} className="flex flex-col gap-4">
        <Field label={words.key} help={words.keyHelp} error={error}>
          <Input
            type="password"
            autoComplete="off"
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {words.enter}
        </Button>
      </form>
    </main>
  );
}
