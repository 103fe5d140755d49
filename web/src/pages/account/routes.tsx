import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const account = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
});

export const accountArea: Area = {
  shell: [account],
  nav: [{ path: '/account', icon: 'account', label: { en: 'Account', ru: 'Учётная запись' }, order: 90 }],
};
