import type { JobStory, TeamStory } from './story.ts';
import { days, hours, minutes } from './times.ts';

const ZONE = 'Europe/Moscow';
const cron = (expression: string) => ({ type: 'cron', expression, timezone: ZONE }) as const;
const every = (seconds: number) => ({ type: 'period', seconds }) as const;

const CURL = 'curl/8.5.0';
const RUN = 'allswell-run/0.1.0';
const OFFICE = '203.0.113.40';

const JOBS: readonly JobStory[] = [
  {
    kind: 'process',
    name: 'Ночная резервная копия 1С',
    slug: 'backup-1c',
    description: 'Выгрузка базы и копия на второй диск.',
    tags: ['копии', '1С'],
    schedule: cron('30 2 * * *'),
    maxRunSeconds: 5_400,
    takesMs: minutes(24),
    varies: 0.1,
    grows: 0.3,
    agent: RUN,
    address: OFFICE,
    output: 'Выгружено {n} МБ за {time}\n',
    troubles: [
      { how: 'failing', exit: 2, output: 'Ошибка: файл базы занят другим сеансом\n', from: days(12), to: days(11) },
    ],
  },
  {
    kind: 'process',
    name: 'Обмен с торговыми точками',
    tags: ['1С', 'магазины'],
    schedule: every(7_200),
    maxRunSeconds: 2_400,
    lastRanMs: minutes(5),
    takesMs: minutes(9),
    varies: 0.25,
    agent: RUN,
    address: OFFICE,
    output: 'Принято чеков: {n}\n',
  },
  {
    kind: 'heartbeat',
    name: 'Выгрузка остатков на сайт',
    tags: ['сайт'],
    schedule: every(900),
    graceSeconds: 300,
    lastRanMs: minutes(1),
    agent: 'python-requests/2.32.3',
    address: OFFICE,
    troubles: [{ how: 'dead', from: minutes(52), to: -minutes(8) }],
  },
  {
    kind: 'heartbeat',
    name: 'Отправка чеков в ОФД',
    tags: ['кассы'],
    schedule: every(600),
    graceSeconds: 300,
    lastRanMs: minutes(3),
    agent: CURL,
    address: OFFICE,
    troubles: [{ how: 'dead', from: days(8) + hours(1), to: days(8) }],
  },
  {
    kind: 'heartbeat',
    name: 'Кассы: закрытие смены',
    tags: ['кассы', 'магазины'],
    schedule: cron('15 22 * * *'),
    graceSeconds: 2_700,
    agent: CURL,
    address: OFFICE,
    troubles: [{ how: 'dead', from: days(16), to: days(15) }],
  },
  {
    kind: 'heartbeat',
    name: 'Датчики холодильных камер',
    description: 'Раз в две минуты; тишина значит, что камеры никто не видит.',
    tags: ['цех'],
    schedule: every(120),
    graceSeconds: 120,
    lastRanMs: 48_000,
    sinceMs: days(3),
    agent: 'ESP32HTTPClient',
    address: '203.0.113.41',
    troubles: [{ how: 'dead', from: days(1) + hours(4), to: days(1) + hours(4) - minutes(21) }],
  },
  {
    kind: 'heartbeat',
    name: 'Заказ муки у поставщика',
    tags: ['закупки'],
    schedule: cron('0 11 * * 1,4'),
    graceSeconds: 7_200,
    agent: 'python-requests/2.32.3',
    address: OFFICE,
  },
  {
    kind: 'heartbeat',
    name: 'Рассылка меню постоянным покупателям',
    tags: ['сайт', 'почта'],
    schedule: every(3_600),
    graceSeconds: 1_500,
    lastRanMs: minutes(66),
    agent: 'python-requests/2.32.3',
    address: OFFICE,
    troubles: [{ how: 'late', delayMs: minutes(12), from: minutes(7), to: 0 }],
  },
  {
    kind: 'process',
    name: 'Расчёт зарплаты',
    tags: ['1С', 'бухгалтерия'],
    schedule: cron('0 6 5,20 * *'),
    maxRunSeconds: 7_200,
    takesMs: minutes(38),
    agent: RUN,
    address: OFFICE,
    output: 'Рассчитано сотрудников: 46\n',
  },
  {
    kind: 'heartbeat',
    name: 'Обновление сертификата сайта',
    tags: ['сайт'],
    schedule: cron('40 4 * * *'),
    agent: CURL,
    address: OFFICE,
  },
];

export const BAKERY: TeamStory = {
  name: 'Пекарня «Заря»',
  language: 'ru',
  timezone: ZONE,
  reminderEverySeconds: 21_600,
  people: [
    { person: 'maria', role: 'owner' },
    { person: 'anna', role: 'admin' },
    { person: 'ilya', role: 'member' },
  ],
  invited: [],
  channels: [
    { kind: 'telegram', name: 'Дежурные', config: { chat_id: -1009876543210, title: 'Заря, дежурные' } },
    { kind: 'email', name: 'Почта Марии', config: { to: 'maria@example.com' }, quiet: { from: '23:00', to: '07:00' } },
  ],
  sites: [],
  jobs: JOBS,
  care: [
    { job: 'Выгрузка остатков на сайт', agoMs: minutes(20), person: 'ilya', note: 'Хостинг обновляет сервер, жду.' },
  ],
  maintenance: [{ name: 'Обновление 1С', tags: ['1С'], expression: '0 1 * * 6', durationSeconds: 7_200 }],
  summaries: [{ kind: 'daily', time: '08:30' }],
  statusPage: {
    slug: 'zarya',
    title: 'Пекарня «Заря»',
    intro: 'Как работают наши магазины и сайт.',
    groups: [
      { title: 'Магазины', jobs: [], tags: ['магазины', 'кассы'] },
      { title: 'Сайт', jobs: [], tags: ['сайт'] },
    ],
    announcements: [],
  },
  keys: [],
};
