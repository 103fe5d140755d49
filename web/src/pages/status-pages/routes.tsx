import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/status-pages',
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'StatusPagesPage'),
});

const create = createRoute({
  getParentRoute: () => shellRoute,
  path: '/status-pages/new',
  component: lazyRouteComponent(() => import('./form-pages.tsx'), 'NewStatusPagePage'),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/status-pages/$id',
  component: lazyRouteComponent(() => import('./status-page-page.tsx'), 'StatusPagePage'),
});

const edit = createRoute({
  getParentRoute: () => shellRoute,
  path: '/status-pages/$id/edit',
  component: lazyRouteComponent(() => import('./form-pages.tsx'), 'EditStatusPagePage'),
});

export const statusPagesArea: Area = {
  shell: [list, create, one, edit],
  nav: [
    { path: '/status-pages', icon: 'statusPages', label: { en: 'Status pages', ru: 'Страницы статуса' }, order: 50 },
  ],
};
