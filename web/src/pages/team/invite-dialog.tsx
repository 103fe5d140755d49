import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, request } from '../../api/client.ts';
import { type NewInvitation, rolesGivenBy } from '../../api/people.ts';
import type { Role } from '../../api/types.ts';
import { useEntryWords } from '../../language/entry.ts';
import { useTeamWords } from '../../language/team.ts';
import { checkEmail, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';

interface Props {
  /** Of whoever invites. */
  readonly role: Role;
  readonly onClose: () => void;
}

/** Invites by an address; then shows the link, this once. */
export function InviteDialog({ role: own, onClose }: Props) {
  const words = useTeamWords();
  const { check } = useEntryWords();
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [made, setMade] = useState<NewInvitation | null>(null);
  const explain = (error: ApiError) => {
    if (error.code === 'already_member') return { email: words.invite.already };
    if (error.code === 'sign_up_closed') return { email: words.invite.closed };
    return error.messageOf('email') === undefined ? null : { email: check.email };
  };
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'email'>({
    fields: ['email'],
    check: () => onlyErrors({ email: checkEmail(email, check) }),
    explain,
    work: async () => {
      setMade(await request<NewInvitation>('POST', '/api/v1/invitations', { body: { email: email.trim(), role } }));
      await queries.invalidateQueries({ queryKey: ['invitations'] });
    },
  });
  if (made !== null) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={words.invite.sentTitle}
        text={words.invite.mail[made.mail](made.email)}
        footer={
          <Button look="primary" onClick={onClose}>
            {words.invite.done}
          </Button>
        }
      >
        <CopyLine text={made.url} />
        <p className="mt-2 text-xs text-quiet">{words.invite.once}</p>
      </Dialog>
    );
  }
  return (
    <Dialog isOpen onClose={onClose} title={words.invite.open}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <Field label={words.invite.email} error={errorOf('email')}>
          <Input
            type="email"
            name="email"
            autoComplete="off"
            autoFocus
            maxLength={254}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Choice
          label={words.invite.role}
          value={role}
          options={rolesGivenBy(own).map((each) => ({
            value: each,
            label: words.roles[each],
            help: words.roleHelp[each],
          }))}
          onChange={setRole}
        />
        <FormFailure failure={failure} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.invite.send}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
