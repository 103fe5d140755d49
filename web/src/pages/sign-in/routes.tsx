import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { bareRoute } from '../root.tsx';

const signIn = createRoute({
  getParentRoute: () => bareRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === 'string' ? { next: search.next } : {},
  component: lazyRouteComponent(() => import('./page.tsx'), 'SignInPage'),
});

export const signInArea: Area = { bare: [signIn] };
