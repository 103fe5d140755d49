import type { Words } from './words.ts';

export const en: Words = {
  nav: {
    monitors: 'Monitors',
    incidents: 'Incidents',
    channels: 'Channels',
    summary: 'Summary',
    team: 'Team',
    settings: 'Settings',
  },
  notFound: { title: 'There is nothing here', back: 'Back to the monitors' },
};
