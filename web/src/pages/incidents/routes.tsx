import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents',
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'IncidentsPage'),
});

const incident = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents/$id',
  component: lazyRouteComponent(() => import('./incident-page.tsx'), 'IncidentPage'),
});

export const incidentsArea: Area = {
  shell: [list, incident],
  nav: [
    {
      path: '/incidents',
      icon: 'incidents',
      label: { en: 'Incidents', ru: 'Инциденты' },
      order: 20,
      isOnPhone: true,
    },
  ],
};
