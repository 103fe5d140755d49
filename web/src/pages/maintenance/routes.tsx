import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/maintenance',
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'MaintenanceListPage'),
});

const create = createRoute({
  getParentRoute: () => shellRoute,
  path: '/maintenance/new',
  validateSearch: ({ monitor }: Record<string, unknown>): { monitor?: string } =>
    typeof monitor === 'string' ? { monitor } : {},
  component: lazyRouteComponent(() => import('./form-pages.tsx'), 'NewMaintenancePage'),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/maintenance/$id',
  component: lazyRouteComponent(() => import('./maintenance-page.tsx'), 'MaintenancePage'),
});

const edit = createRoute({
  getParentRoute: () => shellRoute,
  path: '/maintenance/$id/edit',
  component: lazyRouteComponent(() => import('./form-pages.tsx'), 'EditMaintenancePage'),
});

export const maintenanceArea: Area = {
  shell: [list, create, one, edit],
  nav: [{ path: '/maintenance', icon: 'maintenance', label: { en: 'Maintenance', ru: 'Обслуживание' }, order: 45 }],
};
