import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { type InvitationView, invitationQuery } from '../../api/identity.ts';
import { signOut } from '../../api/session.ts';
import type { Me } from '../../api/types.ts';
import { useEntryWords } from '../../language/entry.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CodeForm } from './code-form.tsx';
import { EntryFrame } from './frame.tsx';
import { useNext } from './next.ts';
import { PasswordForm } from './password-form.tsx';
import { PersonForm } from './person-form.tsx';

/** Who reads this page, if they are signed in. */
const readerQuery = {
  queryKey: ['reader'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await request<Me>('GET', '/api/v1/me', { open: true });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  },
  staleTime: 0,
};

export function InvitationPage() {
  const { invitation: words, toSignIn } = useEntryWords();
  const { token } = useParams({ strict: false }) as { token: string };
  const { data: invitation, error, refetch } = useQuery(invitationQuery(token));
  const reader = useQuery(readerQuery);

  if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
    return (
      <EntryFrame title={words.used} text={words.usedText}>
        <div>
          <PageLink to="/sign-in" className={buttonClass()}>
            {toSignIn}
          </PageLink>
        </div>
      </EntryFrame>
    );
  }
  const failed = error ?? reader.error;
  if (failed !== null) {
    return (
      <EntryFrame title="allswell">
        <ErrorNote error={failed} onRetry={() => void Promise.all([refetch(), reader.refetch()])} />
      </EntryFrame>
    );
  }
  if (invitation === undefined || reader.data === undefined) {
    return (
      <EntryFrame title="allswell">
        <Skeleton />
      </EntryFrame>
    );
  }
  return <Invited token={token} invitation={invitation} reader={reader.data} onChange={() => void reader.refetch()} />;
}

interface InvitedProps {
  readonly token: string;
  readonly invitation: InvitationView;
  readonly reader: Me | null;
  readonly onChange: () => void;
}

function Invited({ token, invitation, reader, onChange }: InvitedProps) {
  const words = useEntryWords();
  const { enter } = useNext();
  const [isCode, setCode] = useState(false);
  const { team, email, role, invited_by: by, has_account: hasAccount } = invitation;
  const { text, forAddress, newText, haveAccount } = words.invitation;

  if (isCode) {
    const done = () => {
      setCode(false);
      onChange();
    };
    return <CodeForm onIn={done} onBack={() => setCode(false)} />;
  }
  return (
    <EntryFrame title={words.invitation.title(team)} text={text(by, team, words.roles[role])}>
      {reader !== null && <Join token={token} invitation={invitation} reader={reader} onChange={onChange} />}
      {reader === null && hasAccount && (
        <>
          <p>{haveAccount}</p>
          <PasswordForm email={email} onIn={onChange} onCode={() => setCode(true)} />
        </>
      )}
      {reader === null && !hasAccount && (
        <>
          <p>
            {forAddress(email)} {newText}
          </p>
          <PersonForm
            email={email}
            button={words.invitation.join}
            work={async ({ name, password }) => {
              await request('POST', '/api/v1/invitations/accept', { body: { token, name, password }, open: true });
              enter('/');
            }}
          />
        </>
      )}
    </EntryFrame>
  );
}

/** Somebody who is signed in joins, if the invitation is theirs. */
function Join({ token, invitation, reader, onChange }: InvitedProps & { readonly reader: Me }) {
  const { invitation: words } = useEntryWords();
  const { enter } = useNext();
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  if (reader.user.email.toLowerCase() !== invitation.email.toLowerCase()) {
    return (
      <>
        <p>{words.otherAccount(reader.user.email, invitation.email)}</p>
        <FormFailure failure={failure} />
        <div>
          <Button
            isBusy={isBusy}
            onClick={() =>
              doIt(async () => {
                await signOut();
                onChange();
              })
            }
          >
            {words.signOut}
          </Button>
        </div>
      </>
    );
  }
  if (failure instanceof ApiError && failure.code === 'already_member') {
    return (
      <>
        <p>{words.already}</p>
        <PageLink to="/" className={buttonClass({ look: 'primary' })}>
          {words.open}
        </PageLink>
      </>
    );
  }
  const join = async () => {
    const { team } = await request<{ team: { id: string } }>('POST', '/api/v1/invitations/accept', {
      body: { token },
      open: true,
    });
    await request('POST', `/api/v1/teams/${team.id}/choose`);
    enter('/');
  };
  return (
    <>
      <FormFailure failure={failure} />
      <div>
        <Button look="primary" isBusy={isBusy} onClick={() => doIt(join)}>
          {words.join}
        </Button>
      </div>
    </>
  );
}
