import { useQueryClient } from '@tanstack/react-query';
import { ApiError, request } from '../../api/client.ts';
import { useTeamWords } from '../../language/team.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useToast } from '../../ui/toast.tsx';
import type { MemberWish } from './member-menu.tsx';

/** What leaving, taking out and handing over mean, before it is done. */
export function MemberQuestion({ wish, onClose }: { readonly wish: MemberWish; readonly onClose: () => void }) {
  const { people: words } = useTeamWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { id, name } = wish.member;
  const explain = (error: unknown) =>
    error instanceof ApiError && error.code === 'last_owner' ? words.lastOwner : null;
  const refresh = () =>
    Promise.all(['members', 'me', 'team'].map((key) => queries.invalidateQueries({ queryKey: [key] })));

  if (wish.what === 'leave') {
    return (
      <Confirm
        title={words.leaveTitle}
        text={words.leaveText}
        button={words.leave}
        explain={explain}
        onClose={onClose}
        work={async () => {
          await request('POST', '/api/v1/team/leave');
          location.assign(document.baseURI);
        }}
      />
    );
  }
  if (wish.what === 'transfer') {
    return (
      <Confirm
        title={words.transferTitle(name)}
        text={words.transferText(name)}
        button={words.transfer}
        onClose={onClose}
        work={async () => {
          await request('POST', '/api/v1/team/transfer', { body: { member_id: id } });
          toast({ text: words.transferred(name) });
          await refresh();
        }}
      />
    );
  }
  return (
    <Confirm
      title={words.removeTitle(name)}
      text={words.removeText}
      button={words.remove}
      explain={explain}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/members/${id}`);
        toast({ text: words.removed(name) });
        await refresh();
      }}
    />
  );
}
