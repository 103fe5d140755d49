import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites',
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'SitesPage'),
});

const site = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites/$id',
  component: lazyRouteComponent(() => import('./site-page.tsx'), 'SitePage'),
});

export const sitesArea: Area = {
  shell: [list, site],
  nav: [{ path: '/sites', icon: 'sites', label: { en: 'Sites', ru: 'Площадки' }, order: 40 }],
};
