import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { LiveProvider, useLostSince } from '../../api/live.tsx';
import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatShort } from '../../language/times.ts';
import { useIsPhone } from '../../lib/use-media.ts';
import { useGo } from '../link.tsx';
import { holdShortcuts, useShortcuts } from '../shortcuts.ts';
import { StatusShape } from '../status.tsx';
import { TabWatch } from './alarm.tsx';
import { PhoneBar } from './phone-bar.tsx';
import { Rail } from './rail.tsx';

const loadPalette = () => import('./palette.tsx').then((module) => ({ default: module.Palette }));
const Palette = lazy(loadPalette);
const Help = lazy(() => import('./help.tsx').then((module) => ({ default: module.Help })));

const PRELOAD_AFTER_MS = 2_000;

/** What is shown may be old: that is said on every page, before anything else. */
function LostNote() {
  const words = useCommonWords();
  const { language } = useLanguage();
  const lostSince = useLostSince();
  return (
    <div role="status">
      {lostSince !== null && (
        <p className="flex items-center gap-3 border-b border-line bg-panel px-4 py-2.5 md:px-8">
          <StatusShape status="unknown" isDecoration />
          {words.error.lost(formatShort(lostSince, language))}
        </p>
      )}
    </div>
  );
}

/** What stands around every page: the rail, or on a phone the bar below; the palette; the keys. */
export function Shell() {
  const isPhone = useIsPhone();
  const go = useGo();
  const [overlay, setOverlay] = useState<'palette' | 'help' | null>(null);
  const release = useRef<() => void>(() => undefined);
  const open = (next: 'palette' | 'help' | null) => {
    release.current();
    release.current = next === null ? () => undefined : holdShortcuts();
    setOverlay(next);
  };
  const close = () => open(null);
  useEffect(() => {
    // It is wanted at once when it is wanted.
    const timer = setTimeout(() => void loadPalette(), PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  useShortcuts({
    'mod+k': () => open('palette'),
    '?': () => open('help'),
    n: () => go('/monitors/new'),
    'g m': () => go('/'),
    'g i': () => go('/incidents'),
    'g c': () => go('/channels'),
  });
  const openPalette = () => open('palette');
  return (
    <LiveProvider>
      <TabWatch />
      <div className={isPhone ? 'min-h-dvh pb-[calc(env(safe-area-inset-bottom)+64px)]' : 'flex min-h-dvh'}>
        {!isPhone && <Rail onSearch={openPalette} />}
        <div className="min-w-0 flex-1">
          <LostNote />
          <Outlet />
        </div>
        {isPhone && <PhoneBar onSearch={openPalette} />}
      </div>
      <Suspense>
        {overlay === 'palette' && <Palette onClose={close} onHelp={() => open('help')} />}
        {overlay === 'help' && <Help onClose={close} />}
      </Suspense>
    </LiveProvider>
  );
}
