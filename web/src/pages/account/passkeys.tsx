import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addPasskey, auth, hasPasskeys, type Passkey, passkeysQuery, signInOptionsQuery } from '../../api/identity.ts';
import { useAccountWords } from '../../language/account.ts';
import { useCommonWords } from '../../language/common.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useDo, useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote, errorText } from '../../ui/error-note.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';

export function Passkeys() {
  const { passkeys: words } = useAccountWords();
  const { data: options } = useQuery(signInOptionsQuery);
  const [isAdding, setAdding] = useState(false);
  const isPossible = options?.passkeys === true && hasPasskeys();
  return (
    <Section title={words.title}>
      <p className="text-quiet">{options !== undefined && !isPossible ? words.unavailable : words.text}</p>
      {isPossible && (
        <>
          <PasskeyList />
          <div>
            <Button onClick={() => setAdding(true)}>{words.add}</Button>
          </div>
        </>
      )}
      {isAdding && <AddPasskey onClose={() => setAdding(false)} />}
    </Section>
  );
}

function PasskeyList() {
  const { passkeys: words } = useAccountWords();
  const { data: passkeys, error, refetch } = useQuery(passkeysQuery);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (passkeys === undefined) return <Skeleton lines={1} />;
  if (passkeys.length === 0) return <p>{words.none}</p>;
  return (
    <ul className="flex flex-col">
      {passkeys.map((passkey) => (
        <Row key={passkey.id} passkey={passkey} />
      ))}
    </ul>
  );
}

function Row({ passkey }: { readonly passkey: Passkey }) {
  const { passkeys: words } = useAccountWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, doIt] = useDo((error) => toast({ text: errorText(error, common), tone: 'bad' }));
  const name = passkey.name || words.unnamed;
  return (
    <li className="flex min-h-11 items-center gap-3 border-b border-line py-1 last:border-0">
      <span className="min-w-0 flex-1 break-words">{name}</span>
      {passkey.createdAt !== null && (
        <span className="text-xs text-quiet">
          {words.since} <Time at={passkey.createdAt} />
        </span>
      )}
      <Button
        size="small"
        look="danger"
        isBusy={isBusy}
        aria-label={`${words.remove}: ${name}`}
        onClick={() =>
          doIt(async () => {
            await auth('/passkey/delete-passkey', { id: passkey.id });
            toast({ text: words.removed(name) });
            await queries.invalidateQueries({ queryKey: ['passkeys'] });
          })
        }
      >
        {words.remove}
      </Button>
    </li>
  );
}

function AddPasskey({ onClose }: { readonly onClose: () => void }) {
  const { passkeys: words } = useAccountWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name'>({
    fields: ['name'],
    check: () => onlyErrors({ name: needed(name, common.field) }),
    work: async () => {
      await addPasskey(name.trim());
      onClose();
      toast({ text: words.added(name.trim()) });
      await queries.invalidateQueries({ queryKey: ['passkeys'] });
    },
  });
  return (
    <Dialog isOpen onClose={onClose} title={words.add}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
          <Input autoFocus maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {failure instanceof DOMException ? (
          <p role="alert" className="text-down">
            {words.refused}
          </p>
        ) : (
          <FormFailure failure={failure} />
        )}
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
