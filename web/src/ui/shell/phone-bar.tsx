import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { useNav } from '../../pages/nav.ts';
import { Icon } from '../icons.tsx';
import { PageLink } from '../link.tsx';
import { OwnMenu } from './own-menu.tsx';
import { useCurrentEntry } from './rail.tsx';

const MAX_DIRECT = 3;

/** The rail of a phone: three pages, and everything else behind the fourth. */
export function PhoneBar({ onSearch }: { readonly onSearch: () => void }) {
  const words = useCommonWords();
  const { language } = useLanguage();
  const entries = useNav();
  const current = useCurrentEntry();
  const direct = entries.filter((entry) => entry.isOnPhone === true).slice(0, MAX_DIRECT);
  const others = entries.filter((entry) => !direct.includes(entry));
  const item =
    'flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-quiet no-underline aria-[current=page]:text-text aria-[current=page]:font-medium';
  return (
    <nav
      aria-label={words.rail.label}
      className="fixed inset-x-0 bottom-0 z-30 flex h-[calc(env(safe-area-inset-bottom)+60px)] border-t border-line bg-panel pb-[env(safe-area-inset-bottom)]"
    >
      {direct.map((entry) => (
        <PageLink
          key={entry.path}
          to={entry.path}
          className={item}
          aria-current={entry === current ? 'page' : undefined}
        >
          <Icon name={entry.icon} size={22} />
          <span className="max-w-full truncate px-1">{entry.label[language]}</span>
        </PageLink>
      ))}
      <OwnMenu
        extra={[
          { label: words.palette.open, icon: 'search', onSelect: onSearch },
          ...others.map((entry) => ({ label: entry.label[language], icon: entry.icon, to: entry.path })),
        ]}
        trigger={
          <button type="button" className={item}>
            <Icon name="menu" size={22} />
            <span>{words.rail.more}</span>
          </button>
        }
      />
    </nav>
  );
}
