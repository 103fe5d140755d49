import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './theme.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { address, setApiKey, whenSignedOut } from './api/client.ts';
import { monitorsQuery } from './api/monitors.ts';
import { createQueryClient } from './api/queries.ts';
import { LanguageProvider } from './language/provider.tsx';
import { NavContext } from './pages/nav.ts';
import { createAppRouter, NAV } from './router.tsx';
import { followTheme } from './ui/theme.ts';
import { ToastProvider } from './ui/toast.tsx';
import { TooltipProvider } from './ui/tooltip.tsx';

followTheme();
const queries = createQueryClient();
const router = createAppRouter(queries);

whenSignedOut(() => {
  const { pathname, searchStr } = router.state.location;
  if (pathname === '/sign-in') return;
  setApiKey(null);
  queries.clear();
  const next = `${pathname}${searchStr}`;
  void router.navigate({ to: '/sign-in' as never, search: (next === '/' ? {} : { next }) as never, replace: true });
});

// The first page's list is on its way before anything is drawn.
if (address('/') === location.href.split(/[?#]/)[0]) void queries.prefetchQuery(monitorsQuery);

const askAnew = () => void queries.invalidateQueries();
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the dashboard');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LanguageProvider onChange={askAnew}>
        <TooltipProvider>
          <ToastProvider>
            <NavContext value={NAV}>
              <RouterProvider router={router} />
            </NavContext>
          </ToastProvider>
        </TooltipProvider>
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
