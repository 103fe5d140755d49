import type { Member } from '../../api/people.ts';
import { useTeamWords } from '../../language/team.ts';
import { IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { mayManage, type Self } from './role-choice.tsx';

export interface MemberWish {
  readonly what: 'remove' | 'leave' | 'transfer';
  readonly member: Member;
}

interface Props {
  readonly member: Member;
  readonly self: Self;
  readonly onWish: (wish: MemberWish) => void;
}

export function MemberMenu({ member, self, onWish }: Props) {
  const { people: words } = useTeamWords();
  const isSelf = member.id === self.id;
  const items: MenuItem[] = [];
  if (isSelf) items.push({ label: words.leave, icon: 'signOut', onSelect: () => onWish({ what: 'leave', member }) });
  if (!isSelf && self.role === 'owner') {
    items.push({ label: words.transfer, icon: 'key', onSelect: () => onWish({ what: 'transfer', member }) });
  }
  if (!isSelf && mayManage(self, member)) {
    const remove = () => onWish({ what: 'remove', member });
    items.push({ label: words.remove, icon: 'trash', isDanger: true, onSelect: remove });
  }
  if (items.length === 0) return null;
  return (
    <Menu
      groups={[items]}
      trigger={
        <IconButton label={words.actions(member.name)}>
          <Icon name="more" />
        </IconButton>
      }
    />
  );
}
