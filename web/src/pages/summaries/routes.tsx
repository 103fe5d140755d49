import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const summaries = createRoute({
  getParentRoute: () => shellRoute,
  path: '/summaries',
  component: lazyRouteComponent(() => import('./summaries-page.tsx'), 'SummariesPage'),
});

export const summariesArea: Area = {
  shell: [summaries],
  nav: [{ path: '/summaries', icon: 'summary', label: { en: 'Summaries', ru: 'Сводки' }, order: 60 }],
};
