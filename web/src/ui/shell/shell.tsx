import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { LiveProvider } from '../../api/live.tsx';
import { useIsPhone } from '../../lib/use-media.ts';
import { useGo } from '../link.tsx';
import { useShortcuts } from '../shortcuts.ts';
import { TabWatch } from './alarm.tsx';
import { PhoneBar } from './phone-bar.tsx';
import { Rail } from './rail.tsx';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const Help = lazy(() => import('./help.tsx').then((module) => ({ default: module.Help })));

/** What stands around every page: the rail, or on a phone the bar below; the palette; the keys. */
export function Shell() {
  const isPhone = useIsPhone();
  const go = useGo();
  const [overlay, setOverlay] = useState<'palette' | 'help' | null>(null);
  const close = () => setOverlay(null);
  useShortcuts({
    'mod+k': () => setOverlay('palette'),
    '?': () => setOverlay('help'),
    n: () => go('/monitors/new'),
    'g m': () => go('/'),
    'g i': () => go('/incidents'),
    'g c': () => go('/channels'),
  });
  const openPalette = () => setOverlay('palette');
  return (
    <LiveProvider>
      <TabWatch />
      <div className={isPhone ? 'min-h-dvh pb-[calc(env(safe-area-inset-bottom)+64px)]' : 'flex min-h-dvh'}>
        {!isPhone && <Rail onSearch={openPalette} />}
        <div className="min-w-0 flex-1">
          <Outlet />
        </div>
        {isPhone && <PhoneBar onSearch={openPalette} />}
      </div>
      <Suspense>
        {overlay === 'palette' && <Palette onClose={close} onHelp={() => setOverlay('help')} />}
        {overlay === 'help' && <Help onClose={close} />}
      </Suspense>
    </LiveProvider>
  );
}
