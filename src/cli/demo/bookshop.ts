import type { JobStory, TeamStory } from './story.ts';
import { days, hours, minutes } from './times.ts';

const ZONE = 'Europe/London';
const cron = (expression: string) => ({ type: 'cron', expression, timezone: ZONE }) as const;
const every = (seconds: number) => ({ type: 'period', seconds }) as const;

const CURL = 'curl/8.5.0';
const RUN = 'allswell-run/0.1.0';
const PYTHON = 'python-requests/2.32.3';
const DATABASE = '10.20.0.11';
const SHOP = '10.20.0.21';
const WAREHOUSE = '198.51.100.7';

const DISK_FULL = `pg_dump: last built-in OID is 16383
pg_dump: reading extensions
pg_dump: dumping contents of table "public.order_items"
pg_dump: error: could not write to output file: No space left on device
backup.sh: /srv/backup is 100% full (412G of 412G)
`;

const DATA: readonly JobStory[] = [
  {
    kind: 'process',
    name: 'Nightly backup of the shop database',
    slug: 'nightly-backup',
    description:
      'Look at the space in /srv/backup on db-1, then run backup.sh by hand. The copy in Dublin is never more than a day old.',
    tags: ['backup', 'db'],
    schedule: cron('0 2 * * *'),
    maxRunSeconds: 7_200,
    takesMs: minutes(29),
    varies: 0.08,
    grows: 0.24,
    agent: RUN,
    address: DATABASE,
    output: 'pg_dump: done, {n} MB in {time}\nverify: checksum ok\nupload: vault-dub/shop, ok\n',
    troubles: [
      { how: 'failing', exit: 1, output: DISK_FULL, from: hours(24), to: 0 },
      { how: 'slow', factor: 2.7, from: days(9) + hours(12), to: days(8) + hours(12) },
      { how: 'failing', exit: 28, output: 'upload: vault-dub: timed out after 900 s\n', from: days(18), to: days(17) },
    ],
  },
  {
    kind: 'process',
    name: 'Restore drill',
    slug: 'restore-drill',
    description: 'Restores the newest backup into an empty database and counts the orders.',
    tags: ['backup', 'db'],
    schedule: cron('0 5 * * 0'),
    takesMs: minutes(47),
    agent: RUN,
    address: DATABASE,
    output: 'restored in {time}, {n} orders of the last week\n',
  },
  {
    kind: 'heartbeat',
    name: 'Session clean-up',
    tags: ['db'],
    schedule: cron('20 4 * * *'),
    agent: CURL,
    address: DATABASE,
  },
  {
    kind: 'process',
    name: 'Fraud score refresh',
    tags: ['payments'],
    channels: ['On call', '#shop-alerts', 'Old pager'],
    schedule: cron('*/30 * * * *'),
    maxRunSeconds: 1_500,
    takesMs: minutes(6),
    varies: 0.3,
    agent: RUN,
    address: SHOP,
    output: '{n} orders scored in {time}\n',
    troubles: [{ how: 'hanging', from: days(4) + hours(3), to: days(4) + hours(2.5) }],
  },
  {
    kind: 'process',
    name: 'Payment settlement import',
    slug: 'settlement',
    tags: ['payments', 'finance'],
    schedule: cron('0 7 * * *'),
    maxRunSeconds: 3_600,
    takesMs: minutes(11),
    agent: RUN,
    address: SHOP,
    output: 'settled {n} payments, 0 left over\n',
    troubles: [{ how: 'late', delayMs: minutes(16), from: days(3), to: days(2) }],
  },
  {
    kind: 'heartbeat',
    name: 'Orders to accounting',
    tags: ['finance'],
    schedule: cron('30 6 * * 1-5'),
    graceSeconds: 1_800,
    agent: PYTHON,
    address: SHOP,
    troubles: [{ how: 'dead', from: days(21), to: days(18) }],
  },
];

const SHOP_JOBS: readonly JobStory[] = [
  {
    kind: 'process',
    name: 'Search index rebuild',
    slug: 'search-index',
    description: 'Full rebuild; the small updates in between are not watched.',
    tags: ['search', 'shop'],
    schedule: every(21_600),
    maxRunSeconds: 5_400,
    lastRanMs: minutes(12),
    takesMs: minutes(18),
    varies: 0.12,
    grows: 0.45,
    agent: RUN,
    address: SHOP,
    output: '{n} titles indexed in {time}\n',
  },
  {
    kind: 'heartbeat',
    name: 'Abandoned-cart mails',
    tags: ['mail', 'shop'],
    schedule: every(3_600),
    graceSeconds: 1_200,
    lastRanMs: minutes(64),
    agent: PYTHON,
    address: SHOP,
    troubles: [{ how: 'late', delayMs: minutes(10), from: minutes(5), to: 0 }],
  },
  {
    kind: 'heartbeat',
    name: 'Newsletter queue',
    tags: ['mail'],
    schedule: every(300),
    graceSeconds: 120,
    failAfter: 2,
    agent: PYTHON,
    address: SHOP,
    troubles: [
      {
        how: 'failing',
        exit: 75,
        output: 'smtp: 421 4.7.0 try again later\n',
        from: days(13) + minutes(40),
        to: days(13) + minutes(15),
      },
    ],
  },
  {
    kind: 'heartbeat',
    name: 'Sitemap and feeds',
    tags: ['shop'],
    schedule: cron('15 * * * *'),
    agent: CURL,
    address: SHOP,
  },
  {
    kind: 'heartbeat',
    name: 'Publisher price feed',
    description: 'One small file a minute; late prices cost money.',
    tags: ['shop', 'prices'],
    schedule: every(60),
    graceSeconds: 60,
    lastRanMs: 41_000,
    sinceMs: days(2),
    agent: 'Go-http-client/2.0',
    address: SHOP,
    troubles: [
      { how: 'dead', from: hours(7), to: hours(7) - minutes(9) },
      { how: 'dead', from: -minutes(2), to: -minutes(6) },
    ],
  },
  {
    kind: 'heartbeat',
    name: 'Thumbnail worker',
    tags: ['shop'],
    schedule: every(120),
    graceSeconds: 120,
    lastRanMs: 77_000,
    sinceMs: days(4),
    agent: PYTHON,
    address: SHOP,
  },
  {
    kind: 'heartbeat',
    name: 'Black Friday price import',
    tags: ['prices'],
    schedule: every(900),
    graceSeconds: 300,
    sinceMs: days(12),
    pausedMs: days(2) + hours(5),
    agent: 'Go-http-client/2.0',
    address: SHOP,
  },
  {
    kind: 'process',
    name: 'Certificate renewal',
    description: 'certbot renew, twice a day.',
    tags: ['tls'],
    schedule: cron('12 3,15 * * *'),
    takesMs: 9_000,
    agent: RUN,
    address: SHOP,
    output: 'No renewals were attempted.\n',
  },
  {
    kind: 'heartbeat',
    name: 'Quarterly VAT export',
    tags: ['finance'],
    schedule: cron('0 8 1 1,4,7,10 *'),
    sinceMs: hours(6),
    neverRan: true,
    agent: CURL,
    address: SHOP,
  },
];

const WAREHOUSE_DARK = { from: days(6) + hours(2), to: days(6) + hours(1) + minutes(8) };

const WAREHOUSE_JOBS: readonly JobStory[] = [
  {
    kind: 'heartbeat',
    name: 'Warehouse router',
    description: 'The gateway of the warehouse in Leeds: without it nothing there can call.',
    tags: ['warehouse'],
    schedule: every(300),
    graceSeconds: 60,
    lastRanMs: minutes(2),
    agent: CURL,
    address: WAREHOUSE,
    troubles: [{ how: 'dead', ...WAREHOUSE_DARK }],
  },
  {
    kind: 'heartbeat',
    name: 'Stock sync with the warehouse',
    slug: 'stock-sync',
    tags: ['warehouse', 'stock'],
    schedule: every(900),
    graceSeconds: 300,
    lastRanMs: minutes(1),
    site: 'Leeds warehouse',
    agent: PYTHON,
    address: WAREHOUSE,
    troubles: [
      { how: 'dead', ...WAREHOUSE_DARK },
      { how: 'dead', from: minutes(60), to: -minutes(20) },
    ],
  },
  {
    kind: 'heartbeat',
    name: 'Label printer queue',
    tags: ['warehouse'],
    channels: ['On call', 'Operations mail', 'Old pager'],
    schedule: every(600),
    graceSeconds: 240,
    lastRanMs: minutes(4),
    site: 'Leeds warehouse',
    agent: CURL,
    address: WAREHOUSE,
    troubles: [
      { how: 'dead', ...WAREHOUSE_DARK },
      { how: 'dead', from: days(15) + hours(4), to: days(15) + hours(3) },
    ],
  },
];

const HOOK = 'https://pager.lighthouse-books.example/hooks/7f3a';

export const BOOKSHOP: TeamStory = {
  name: 'Lighthouse Books',
  language: 'en',
  timezone: ZONE,
  reminderEverySeconds: 14_400,
  people: [
    { person: 'anna', role: 'owner' },
    { person: 'ben', role: 'admin' },
    { person: 'priya', role: 'member' },
    { person: 'tom', role: 'readonly' },
  ],
  invited: [{ email: 'lena@example.com', role: 'member', agoMs: days(1) }],
  channels: [
    { kind: 'telegram', name: 'On call', config: { chat_id: -1001234567890, title: 'Lighthouse on call' } },
    { kind: 'slack', name: '#shop-alerts', config: { url: 'https://hooks.slack.com/services/T00DEMO/B00DEMO/demo' } },
    {
      kind: 'email',
      name: 'Operations mail',
      config: { to: 'ops@lighthouse-books.example' },
      quiet: { from: '22:00', to: '06:30' },
    },
    { kind: 'webhook', name: 'Old pager', config: { url: HOOK }, goneMs: days(5), onlyChosen: true },
  ],
  sites: [{ name: 'Leeds warehouse', gateway: 'Warehouse router' }],
  jobs: [...DATA, ...SHOP_JOBS, ...WAREHOUSE_JOBS],
  care: [
    {
      job: 'Nightly backup of the shop database',
      agoMs: minutes(95),
      person: 'ben',
      note: 'Disk on db-1 is full, moving the old dumps away. Will run it again this afternoon.',
    },
    {
      job: 'Label printer queue',
      agoMs: days(15) + hours(3) + minutes(20),
      person: 'priya',
      note: 'Paper jam, on it.',
    },
  ],
  maintenance: [
    { name: 'Database updates', tags: ['db'], expression: '0 3 * * 0', durationSeconds: 5_400 },
    { name: 'Move to the new rack', tags: [], site: 'Leeds warehouse', from: -days(4), to: -days(4) - hours(3) },
  ],
  summaries: [
    { kind: 'daily', time: '09:00' },
    { kind: 'weekly', time: '09:00' },
  ],
  statusPage: {
    slug: 'lighthouse-books',
    title: 'Lighthouse Books',
    intro: 'How our shop and our warehouse are doing.',
    groups: [
      {
        title: 'Shop',
        jobs: [
          { job: 'Search index rebuild', name: 'Search' },
          { job: 'Sitemap and feeds', name: 'Catalogue' },
          { job: 'Publisher price feed', name: 'Prices' },
          { job: 'Abandoned-cart mails', name: 'Mails to customers' },
        ],
        tags: [],
      },
      {
        title: 'Warehouse',
        jobs: [
          { job: 'Stock sync with the warehouse', name: 'Stock levels' },
          { job: 'Label printer queue', name: 'Parcels' },
        ],
        tags: [],
      },
    ],
    announcements: [
      {
        title: 'Stock levels may be out of date',
        text: 'Orders are taken as usual; what is sold out may still be shown as available.',
        agoMs: minutes(30),
      },
    ],
  },
  keys: [
    { name: 'Grafana', scope: 'read', by: 'ben' },
    { name: 'Terraform', scope: 'write', by: 'ben' },
  ],
};
