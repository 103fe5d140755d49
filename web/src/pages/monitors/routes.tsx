import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { readFilters } from '../overview/filters.ts';
import { Overview } from '../overview/overview.tsx';
import { shellRoute } from '../root.tsx';

const overview = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: readFilters,
  component: Overview,
});

const create = createRoute({
  getParentRoute: () => shellRoute,
  path: '/monitors/new',
  component: lazyRouteComponent(() => import('./new-page.tsx'), 'NewMonitorPage'),
});

const monitor = createRoute({
  getParentRoute: () => shellRoute,
  path: '/monitors/$id',
  component: lazyRouteComponent(() => import('./monitor-page.tsx'), 'MonitorPage'),
});

const edit = createRoute({
  getParentRoute: () => shellRoute,
  path: '/monitors/$id/edit',
  component: lazyRouteComponent(() => import('./edit-page.tsx'), 'EditPage'),
});

export const monitorsArea: Area = {
  shell: [overview, create, monitor, edit],
  nav: [{ path: '/', icon: 'monitors', label: { en: 'Monitors', ru: 'Мониторы' }, order: 10, isOnPhone: true }],
};
