import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const team = createRoute({
  getParentRoute: () => shellRoute,
  path: '/team',
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: string } =>
    tab === 'keys' || tab === 'audit' ? { tab } : {},
  component: lazyRouteComponent(() => import('./team-page.tsx'), 'TeamPage'),
});

const settings = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
});

export const teamArea: Area = {
  shell: [team, settings],
  nav: [
    { path: '/team', icon: 'team', label: { en: 'Team', ru: 'Команда' }, order: 70 },
    { path: '/settings', icon: 'settings', label: { en: 'Settings', ru: 'Настройки' }, order: 80 },
  ],
};
