import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import { AREAS } from './pages/areas.ts';
import { bareRoute, rootRoute, shellRoute } from './pages/root.tsx';

/** Every page and its address, below the path that the install is mounted at. */
export function createAppRouter(queries: QueryClient) {
  const routeTree = rootRoute.addChildren([
    shellRoute.addChildren(AREAS.flatMap((area) => area.shell ?? [])),
    bareRoute.addChildren(AREAS.flatMap((area) => area.bare ?? [])),
  ]);
  return createRouter({
    routeTree,
    basepath: new URL(document.baseURI).pathname,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

export const NAV = AREAS.flatMap((area) => area.nav ?? []).sort((one, other) => one.order - other.order);
