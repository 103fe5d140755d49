import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { shellRoute } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/channels',
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'ChannelsPage'),
});

const create = createRoute({
  getParentRoute: () => shellRoute,
  path: '/channels/new',
  validateSearch: ({ kind }: Record<string, unknown>): { kind?: string } => (typeof kind === 'string' ? { kind } : {}),
  component: lazyRouteComponent(() => import('./new-page.tsx'), 'NewChannelPage'),
});

const channel = createRoute({
  getParentRoute: () => shellRoute,
  path: '/channels/$id',
  component: lazyRouteComponent(() => import('./channel-page.tsx'), 'ChannelPage'),
});

export const channelsArea: Area = {
  shell: [list, create, channel],
  nav: [{ path: '/channels', icon: 'channels', label: { en: 'Channels', ru: 'Каналы' }, order: 30, isOnPhone: true }],
};
