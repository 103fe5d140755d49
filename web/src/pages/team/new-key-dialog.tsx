import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { ApiKey, Scope } from '../../api/people.ts';
import { useCommonWords } from '../../language/common.ts';
import { useTeamWords } from '../../language/team.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { serverNow } from '../../lib/clock.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field, Input, Select } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';

const DAY_MS = 24 * 3_600_000;
const LIVES = ['never', '30', '90', '365'] as const;
type Life = (typeof LIVES)[number];

const expiresAt = (life: Life): string | null =>
  life === 'never' ? null : new Date(serverNow() + Number(life) * DAY_MS).toISOString();

/** Makes a key, then shows it, this once. */
export function NewKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const { keys: words } = useTeamWords();
  const common = useCommonWords();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [life, setLife] = useState<Life>('never');
  const [made, setMade] = useState<(ApiKey & { readonly key: string }) | null>(null);
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name' | 'expires_at'>({
    fields: ['name', 'expires_at'],
    check: () => onlyErrors({ name: needed(name, common.field) }),
    work: async () => {
      const body = { name: name.trim(), scope, expires_at: expiresAt(life) };
      setMade(await request('POST', '/api/v1/keys', { body }));
      await queries.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  if (made !== null) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={words.madeTitle(made.name)}
        text={words.madeText}
        footer={
          <Button look="primary" onClick={onClose}>
            {words.kept}
          </Button>
        }
      >
        <CopyLine text={made.key} />
      </Dialog>
    );
  }
  return (
    <Dialog isOpen onClose={onClose} title={words.make}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
          <Input autoFocus name="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Choice
          label={words.scope}
          value={scope}
          options={(['read', 'write'] as const).map((each) => ({
            value: each,
            label: words.scopes[each],
            help: words.scopeHelp[each],
          }))}
          onChange={setScope}
        />
        <Field label={words.expires} error={errorOf('expires_at')}>
          <Select value={life} onChange={(event) => setLife(event.target.value as Life)}>
            {LIVES.map((each) => (
              <option key={each} value={each}>
                {words.after[each]}
              </option>
            ))}
          </Select>
        </Field>
        <FormFailure failure={failure} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.make}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
