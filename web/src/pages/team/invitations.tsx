import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { type Invitation, invitationsQuery } from '../../api/people.ts';
import type { Role } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useTeamWords } from '../../language/team.ts';
import { serverNow } from '../../lib/clock.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, errorText } from '../../ui/error-note.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { InviteDialog } from './invite-dialog.tsx';

export function Invitations({ role }: { readonly role: Role }) {
  const { invite: words } = useTeamWords();
  const { data: invitations, error, refetch } = useQuery(invitationsQuery);
  const [isInviting, setInviting] = useState(false);
  return (
    <Section
      title={words.title}
      actions={
        <Button look="primary" onClick={() => setInviting(true)}>
          {words.open}
        </Button>
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {invitations === undefined && error === null && <Skeleton lines={2} />}
      {invitations?.length === 0 && <p className="text-quiet">{words.none}</p>}
      <ul className="flex flex-col">
        {invitations?.map((invitation) => (
          <Row key={invitation.id} invitation={invitation} />
        ))}
      </ul>
      {isInviting && <InviteDialog role={role} onClose={() => setInviting(false)} />}
    </Section>
  );
}

function Row({ invitation }: { readonly invitation: Invitation }) {
  const { invite: words, roles } = useTeamWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, doIt] = useDo((error) => toast({ text: errorText(error, common), tone: 'bad' }));
  const { id, email, role, invited_by: by, expires_at: until } = invitation;
  const isOver = Date.parse(until) <= serverNow();
  const takeBack = async () => {
    await request('DELETE', `/api/v1/invitations/${id}`);
    toast({ text: words.takenBack(email) });
    await queries.invalidateQueries({ queryKey: ['invitations'] });
  };
  return (
    <li className="flex min-h-12 items-center gap-3 border-b border-line py-1.5 last:border-0">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={email}>
          {email} <span className="text-quiet">· {roles[role]}</span>
        </p>
        <p className="text-xs break-words text-quiet">
          {words.by(by)} ·{' '}
          {isOver ? (
            words.expired
          ) : (
            <>
              {words.until} <Time at={until} form="short" />
            </>
          )}
        </p>
      </div>
      <Button size="small" isBusy={isBusy} aria-label={`${words.takeBack}: ${email}`} onClick={() => doIt(takeBack)}>
        {words.takeBack}
      </Button>
    </li>
  );
}
