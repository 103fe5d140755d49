import { useRouterState } from '@tanstack/react-router';
import { useMe, useTeam } from '../../api/session.ts';
import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { useRemembered } from '../../lib/remember.ts';
import type { NavEntry } from '../../pages/area.ts';
import { useNav } from '../../pages/nav.ts';
import { IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { PageLink } from '../link.tsx';
import { OwnMenu } from './own-menu.tsx';

/** Which entry of the rail the page belongs to. */
export function useCurrentEntry(): NavEntry | undefined {
  const entries = useNav();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isBelow = (entry: NavEntry) => path === entry.path || path.startsWith(`${entry.path}/`);
  return (
    entries.find(isBelow) ?? (path.startsWith('/monitors') ? entries.find(({ path: own }) => own === '/') : undefined)
  );
}

export function Rail({ onSearch }: { readonly onSearch: () => void }) {
  const words = useCommonWords();
  const { language } = useLanguage();
  const entries = useNav();
  const current = useCurrentEntry();
  const [width, setWidth] = useRemembered('rail', ['wide', 'narrow'], 'wide');
  const { data: team } = useTeam();
  const { data: me } = useMe();
  const isWide = width === 'wide';
  const item =
    'flex h-9 items-center gap-3 rounded-md px-2.5 text-text no-underline hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-medium';
  return (
    <aside
      className={`sticky top-0 flex h-dvh shrink-0 flex-col gap-1 border-r border-line px-2.5 py-4 ${isWide ? 'w-52' : 'w-15'}`}
    >
      <PageLink
        to="/"
        className="mb-2 flex h-9 items-center gap-3 px-2.5 text-base font-semibold tracking-tight text-text no-underline"
      >
        <Lantern />
        {isWide && <span>allswell</span>}
      </PageLink>
      <button type="button" onClick={onSearch} className={item} title={words.palette.open}>
        <Icon name="search" />
        {isWide && (
          <>
            <span className="block flex-1 text-left text-quiet first-letter:uppercase">{words.shortcuts.search}</span>
            <kbd className="font-sans text-xs text-quiet">{isMac() ? '⌘K' : 'Ctrl K'}</kbd>
          </>
        )}
      </button>
      <nav aria-label={words.rail.label} className="mt-2 flex flex-col gap-0.5 overflow-y-auto">
        {entries.map((entry) => (
          <PageLink
            key={entry.path}
            to={entry.path}
            className={item}
            title={isWide ? undefined : entry.label[language]}
            aria-label={entry.label[language]}
            aria-current={entry === current ? 'page' : undefined}
          >
            <Icon name={entry.icon} />
            {isWide && <span className="truncate">{entry.label[language]}</span>}
          </PageLink>
        ))}
      </nav>
      <div className={`mt-auto flex items-center gap-1 ${isWide ? '' : 'flex-col'}`}>
        <OwnMenu
          trigger={
            <button
              type="button"
              className={`${item} min-w-0 flex-1 text-left`}
              title={me?.user.email ?? team?.name ?? ''}
              aria-label={[team?.name, me?.user.name].filter(Boolean).join(' · ') || words.action.more}
            >
              <Icon name="account" />
              {isWide && <span className="truncate">{team?.name ?? ''}</span>}
            </button>
          }
        />
        <IconButton
          label={isWide ? words.rail.collapse : words.rail.expand}
          onClick={() => setWidth(isWide ? 'narrow' : 'wide')}
        >
          <Icon name={isWide ? 'left' : 'right'} />
        </IconButton>
      </div>
    </aside>
  );
}

export const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.userAgent);

/** The watchman's lantern: our mark. */
export function Lantern({ size = 18 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" className="shrink-0">
      <path
        d="M7 5.500h6l1.500 10.500h-9zM8 5.500V4a2 2 0 0 1 4 0v1.500M4.500 17.500h11"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="10" cy="11" r="1.800" className="fill-late" />
    </svg>
  );
}
