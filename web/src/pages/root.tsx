import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, Outlet } from '@tanstack/react-router';
import { NotFound, PageFailed } from '../ui/shell/not-found.tsx';
import { Shell } from '../ui/shell/shell.tsx';

interface Context {
  readonly queries: QueryClient;
}

/** Below it are all pages: those with the rail under `shellRoute`, those of people who are not in yet under `bareRoute`. */
export const rootRoute = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});

export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell });

export const bareRoute = createRoute({ getParentRoute: () => rootRoute, id: 'bare', component: Outlet });
