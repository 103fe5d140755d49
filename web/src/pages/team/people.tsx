import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isAtLeast, type Member, membersQuery } from '../../api/people.ts';
import type { Me, Role } from '../../api/types.ts';
import { useTeamWords } from '../../language/team.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Invitations } from './invitations.tsx';
import { MemberMenu, type MemberWish } from './member-menu.tsx';
import { MemberQuestion } from './member-question.tsx';
import { RoleChoice } from './role-choice.tsx';

interface Props {
  /** Null: signed in with an API key. */
  readonly me: Me | null;
}

export function People({ me }: Props) {
  const words = useTeamWords();
  const { data: members, error, refetch } = useQuery({ ...membersQuery, enabled: me !== null });
  const [wish, setWish] = useState<MemberWish | null>(null);
  if (me === null) return <p className="text-quiet">{words.people.withKey}</p>;
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (members === undefined) return <Skeleton lines={4} />;
  const role: Role = me.team?.role ?? 'readonly';
  const self = { id: me.user.id, role };
  return (
    <div className="flex flex-col gap-8">
      <Table
        label={words.tabs.people}
        rows={members}
        keyOf={({ id }) => id}
        columns={[
          {
            id: 'name',
            head: words.people.name,
            cell: (member) => <Name member={member} isSelf={member.id === self.id} />,
          },
          { id: 'role', head: words.people.role, cell: (member) => <RoleChoice member={member} self={self} /> },
          {
            id: 'factor',
            head: words.people.factor,
            isSecondary: true,
            cell: (member) => (member.two_factor ? words.people.hasFactor : words.people.noFactor),
          },
          {
            id: 'joined',
            head: words.people.joined,
            isSecondary: true,
            cell: (member) => <Time at={member.joined_at} />,
          },
          {
            id: 'actions',
            head: <span className="sr-only">…</span>,
            align: 'right',
            cell: (member) => <MemberMenu member={member} self={self} onWish={setWish} />,
          },
        ]}
      />
      {isAtLeast(role, 'admin') && <Invitations role={role} />}
      {wish !== null && <MemberQuestion wish={wish} onClose={() => setWish(null)} />}
    </div>
  );
}

function Name({ member, isSelf }: { readonly member: Member; readonly isSelf: boolean }) {
  const { people: words } = useTeamWords();
  return (
    <div className="max-w-56 min-w-28 sm:max-w-96">
      <p className="truncate font-medium" title={member.name}>
        {member.name}
        {isSelf && <span className="font-normal text-quiet"> · {words.you}</span>}
      </p>
      <p className="truncate text-xs text-quiet" title={member.email}>
        {member.email}
      </p>
    </div>
  );
}
