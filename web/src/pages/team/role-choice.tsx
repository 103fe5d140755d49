import { useQueryClient } from '@tanstack/react-query';
import { ApiError, request } from '../../api/client.ts';
import { isAtLeast, type Member, rolesGivenBy } from '../../api/people.ts';
import type { Role } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useTeamWords } from '../../language/team.ts';
import { useDo } from '../../lib/use-submit.ts';
import { errorText } from '../../ui/error-note.tsx';
import { Select } from '../../ui/field.tsx';
import { useToast } from '../../ui/toast.tsx';

export interface Self {
  readonly id: string;
  readonly role: Role;
}

/** Whether this reader may change what a member is: admins everybody but owners, owners everybody. */
export const mayManage = (self: Self, member: Member): boolean =>
  isAtLeast(self.role, 'admin') && (self.role === 'owner' || member.role !== 'owner');

export function RoleChoice({ member, self }: { readonly member: Member; readonly self: Self }) {
  const words = useTeamWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, doIt] = useDo((error) => {
    const isLast = error instanceof ApiError && error.code === 'last_owner';
    toast({ text: isLast ? words.people.lastOwner : errorText(error, common), tone: 'bad' });
  });
  if (!mayManage(self, member)) return <span className="whitespace-nowrap">{words.roles[member.role]}</span>;
  const change = async (role: Role) => {
    await request('PATCH', `/api/v1/members/${member.id}`, { body: { role } });
    toast({ text: words.people.roleChanged(member.name, words.roles[role]) });
    await queries.invalidateQueries({ queryKey: ['members'] });
    if (member.id === self.id) await queries.invalidateQueries({ queryKey: ['me'] });
  };
  return (
    <Select
      aria-label={words.people.changeRole(member.name)}
      disabled={isBusy}
      value={member.role}
      onChange={(event) => {
        const role = event.target.value as Role;
        doIt(() => change(role));
      }}
      className="w-auto! max-w-36 sm:max-w-none"
    >
      {rolesGivenBy(self.role).map((role) => (
        <option key={role} value={role}>
          {words.roles[role]}
        </option>
      ))}
    </Select>
  );
}
