import type { JobStory, TeamStory } from './story.ts';
import { days, hours, minutes } from './times.ts';

const ZONE = 'Europe/Berlin';
const cron = (expression: string) => ({ type: 'cron', expression, timezone: ZONE }) as const;
const every = (seconds: number) => ({ type: 'period', seconds }) as const;
const calendar = (expression: string) => ({ type: 'oncalendar', expression, timezone: ZONE }) as const;

const CURL = 'curl/8.5.0';
const RUN = 'allswell-run/0.1.0';

const NODES: readonly JobStory[] = ['fra-1', 'fra-2', 'fra-3'].map((node, index) => ({
  kind: 'heartbeat',
  name: `Ansible pull on ${node}`,
  tags: ['nodes'],
  schedule: every(1_800),
  graceSeconds: 600,
  lastRanMs: minutes(7 + index * 8),
  agent: CURL,
  address: `10.40.0.${11 + index}`,
  troubles: index === 1 ? [{ how: 'dead', from: days(10), to: days(10) - hours(3) }] : [],
}));

const JOBS: readonly JobStory[] = [
  {
    kind: 'process',
    name: 'etcd snapshot',
    tags: ['backup', 'cluster'],
    schedule: every(14_400),
    maxRunSeconds: 600,
    takesMs: 42_000,
    agent: RUN,
    address: '10.40.0.5',
    output: 'snapshot saved, {n} kB in {time}\n',
  },
  {
    kind: 'process',
    name: 'GitLab backup',
    tags: ['backup'],
    schedule: calendar('*-*-* 01:30'),
    maxRunSeconds: 10_800,
    takesMs: minutes(64),
    varies: 0.1,
    agent: RUN,
    address: '10.40.0.30',
    output: 'backup of {n} MB in {time}\n',
    troubles: [{ how: 'failing', exit: 137, output: 'tar: Killed\n', from: days(23), to: days(22) }],
  },
  {
    kind: 'process',
    name: 'Registry garbage collection',
    tags: ['cluster'],
    schedule: cron('0 4 * * 6'),
    maxRunSeconds: 14_400,
    takesMs: minutes(83),
    agent: RUN,
    address: '10.40.0.31',
    output: '{n} blobs deleted in {time}\n',
  },
  {
    kind: 'heartbeat',
    name: 'DNS zone sync',
    tags: ['dns'],
    schedule: every(600),
    graceSeconds: 300,
    lastRanMs: minutes(3),
    agent: CURL,
    address: '10.40.0.6',
  },
  {
    kind: 'heartbeat',
    name: 'Image scan',
    tags: ['security'],
    schedule: cron('0 */6 * * *'),
    graceSeconds: 3_600,
    agent: 'Go-http-client/2.0',
    address: '10.40.0.32',
  },
  {
    kind: 'heartbeat',
    name: 'Offsite copy to Helsinki',
    tags: ['backup'],
    schedule: cron('15 5 * * *'),
    agent: CURL,
    address: '10.40.0.5',
  },
  ...NODES,
];

export const PLATFORM: TeamStory = {
  name: 'Tidewater Platform',
  language: 'en',
  timezone: ZONE,
  reminderEverySeconds: null,
  people: [
    { person: 'ben', role: 'owner' },
    { person: 'anna', role: 'admin' },
  ],
  invited: [],
  channels: [
    { kind: 'discord', name: 'platform', config: { url: 'https://discord.com/api/webhooks/1/demo' } },
    { kind: 'email', name: 'Ben', config: { to: 'ben@example.com' } },
  ],
  sites: [],
  jobs: JOBS,
  care: [],
  maintenance: [{ name: 'Cluster upgrade', tags: ['cluster'], from: -days(9), to: -days(9) - hours(4) }],
  summaries: [{ kind: 'weekly', time: '10:00' }],
  statusPage: {
    slug: 'tidewater',
    title: 'Tidewater Platform',
    intro: 'What our teams build on.',
    groups: [{ title: 'Cluster', jobs: [], tags: ['cluster', 'dns'] }],
    announcements: [],
  },
  keys: [{ name: 'Prometheus', scope: 'read', by: 'ben' }],
};
