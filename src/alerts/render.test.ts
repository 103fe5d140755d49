import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../core/cause.ts';
import { MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { renderDiscord } from './channels/discord/render.ts';
import { renderMailText } from './channels/email/render.ts';
import { renderSlack } from './channels/slack/render.ts';
import { renderTelegramHtml, renderTelegramPlain } from './channels/telegram/render.ts';
import { MAX_LINES } from './lines.ts';
import type { Message } from './message.ts';
import { renderMessage } from './render.ts';
import type { DigestEntry, IncidentFacts, MonitorRef, RenderContext, Subject } from './subjects.ts';

const at = (text: string) => Date.parse(text);
const OPENED = at('2026-11-13T02:05:00+03:00');
const en: RenderContext = {
  language: 'en',
  timezone: 'Europe/Moscow',
  now: OPENED + 250,
  publicUrl: 'https://all.example',
};
const ru: RenderContext = { ...en, language: 'ru' };

const monitor: MonitorRef = {
  id: '0198-m',
  name: 'nightly backup',
  kind: 'heartbeat',
  status: 'down',
  tags: ['prod', 'db'],
  url: 'https://all.example/monitors/0198-m',
};
const watched = { lastSuccessAt: at('2026-11-12T02:03:11+03:00'), timezone: 'Europe/Moscow', blind: [] };
const missed: Cause = {
  code: 'missed',
  data: { ...watched, expectedAt: at('2026-11-13T02:00:00+03:00'), graceSeconds: 300, foundLateMs: null },
};
const incident: IncidentFacts = {
  id: '0198-i',
  cause: missed,
  openedAt: OPENED,
  detectedAt: OPENED + 250,
  resolvedAt: null,
  resolution: null,
  missedSlots: 0,
  lastGoodRun: { startedAt: null, endedAt: at('2026-11-12T02:03:11+03:00'), durationMs: 31 * MINUTE_MS },
  outputTail: 'copying\nno space left\n',
  url: 'https://all.example/incidents/0198-i',
};
const recovered: IncidentFacts = {
  ...incident,
  resolvedAt: OPENED + 41 * MINUTE_MS + 11 * SECOND_MS,
  resolution: 'recovered',
  missedSlots: 1,
};
const later = OPENED + 42 * MINUTE_MS;

const facts = (message: Message) => message.facts.map(({ label, value }) => `${label}: ${value}`);
const opened = (subject: Partial<IncidentFacts>, context = en) =>
  renderMessage({ type: 'incident_opened', monitor, incident: { ...incident, ...subject } }, context);

test('an opening tells what happened, since when, what was expected, the last good run and the output', () => {
  const message = opened({});
  assert.equal(message.tone, 'down');
  assert.equal(message.title, 'DOWN nightly backup: nothing since 02:03 yesterday');
  assert.equal(
    message.sentence,
    'nightly backup did not report in time: expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:03:11.',
  );
  assert.deepEqual(facts(message), [
    'Monitor: nightly backup',
    'Since: 02:05 Europe/Moscow',
    'Expected: 02:00, grace 5 min',
    'Last good run: yesterday 02:03:11, took 31 min',
    'Tags: prod, db',
  ]);
  assert.equal(message.outputTail, 'copying\nno space left');
  assert.deepEqual(message.links, [
    { label: 'Open the monitor', url: monitor.url },
    { label: 'Open the incident', url: incident.url },
  ]);
  assert.deepEqual(message.thread, { key: '0198-i', isOpening: true });
  assert.deepEqual(message.lines, []);
});

test('the same opening in Russian', () => {
  const message = opened({}, ru);
  assert.equal(message.title, 'СБОЙ nightly backup: не пришёл вовремя, последний успех вчера в 02:03');
  assert.equal(
    message.sentence,
    '«nightly backup» не пришёл вовремя: ждали в 02:00 (Europe/Moscow), допуск 5 мин, последний успех вчера в 02:03:11.',
  );
  assert.deepEqual(facts(message), [
    'Монитор: nightly backup',
    'Не работает с: 02:05 (Europe/Moscow)',
    'Ожидание: 02:00, допуск 5 мин',
    'Последний успех: вчера 02:03:11, длился 31 мин',
    'Метки: prod, db',
  ]);
});

test('each cause has a headline and a sentence of its own', () => {
  const failure = { ...watched, failedAt: OPENED, failAfter: 1, runId: null, durationMs: 4_200 };
  const overrun = {
    ...watched,
    startedAt: at('2026-11-13T00:00:00+03:00'),
    runId: 'r',
    runningMs: 125 * MINUTE_MS,
    foundLateMs: null,
  };
  const notStarted: Cause = {
    code: 'not_started',
    data: { ...watched, expectedAt: at('2026-11-12T23:50:00+03:00'), startGraceSeconds: 300, foundLateMs: null },
  };
  const rows: readonly (readonly [Cause, string, string, string, string])[] = [
    [
      { code: 'missed', data: { ...missed.data, lastSuccessAt: null } } as Cause,
      'DOWN nightly backup: no success yet',
      'nightly backup did not report in time: ',
      'СБОЙ nightly backup: не пришёл вовремя, успехов ещё не было',
      '«nightly backup» не пришёл вовремя: ',
    ],
    [
      notStarted,
      'DOWN nightly backup: did not start yesterday at 23:50',
      'nightly backup did not start in time: start expected yesterday 23:50 Europe/Moscow',
      'СБОЙ nightly backup: не стартовал вчера в 23:50',
      '«nightly backup» не стартовал вовремя: старт ждали вчера в 23:50 (Europe/Moscow)',
    ],
    [
      { code: 'failed', data: { ...failure, exitStatus: null, failStreak: 1 } },
      'DOWN nightly backup: failed',
      'nightly backup failed at 02:05:00 Europe/Moscow after 4.2 s',
      'СБОЙ nightly backup: завершился с ошибкой',
      '«nightly backup» завершился с ошибкой в 02:05:00 (Europe/Moscow), длительность 4,2 с',
    ],
    [
      { code: 'failed', data: { ...failure, exitStatus: 3, failStreak: 3 } },
      'DOWN nightly backup: failed 3 times in a row, exit status 3',
      'nightly backup failed at 02:05:00 Europe/Moscow with exit status 3 after 4.2 s, 3rd failure in a row',
      'СБОЙ nightly backup: завершился с ошибкой, 3-й раз подряд, код выхода 3',
      '«nightly backup» завершился с ошибкой в 02:05:00 (Europe/Moscow), код выхода 3, длительность 4,2 с, 3-й сбой',
    ],
    [
      { code: 'overran', data: { ...overrun, limit: { by: 'learned', limitMs: 3_073_456, usualMs: 1_800_000 } } },
      'DOWN nightly backup: still running after 2 h 05 min',
      'nightly backup is still running: usually 30 min, running for 2 h 05 min (learned limit 51 min)',
      'СБОЙ nightly backup: всё ещё выполняется, уже 2 ч 05 мин',
      '«nightly backup» всё ещё выполняется, обычно 30 мин, сейчас уже 2 ч 05 мин (выученный предел 51 мин)',
    ],
    [
      { code: 'overran', data: { ...overrun, limit: { by: 'max_run', limitMs: 120 * MINUTE_MS } } },
      'DOWN nightly backup: still running after 2 h 05 min',
      'nightly backup is still running: limit 2 h, running for 2 h 05 min',
      'СБОЙ nightly backup: всё ещё выполняется, уже 2 ч 05 мин',
      '«nightly backup» всё ещё выполняется, уже 2 ч 05 мин при пределе 2 ч',
    ],
  ];
  for (const [cause, title, sentence, russianTitle, russianSentence] of rows) {
    const english = opened({ cause });
    assert.equal(english.title, title);
    assert.ok(english.sentence.startsWith(sentence), english.sentence);
    const russian = opened({ cause }, ru);
    assert.equal(russian.title, russianTitle);
    assert.ok(russian.sentence.startsWith(russianSentence), russian.sentence);
  }
});

test('the facts of a run say its limit and its length', () => {
  const cause: Cause = {
    code: 'overran',
    data: {
      ...watched,
      lastSuccessAt: null,
      startedAt: OPENED - 125 * MINUTE_MS,
      runId: 'r',
      runningMs: 125 * MINUTE_MS,
      limit: { by: 'learned', limitMs: 3_073_456, usualMs: 1_800_000 },
      foundLateMs: null,
    },
  };
  assert.deepEqual(facts(opened({ cause, lastGoodRun: null })).slice(2, 5), [
    'Expected: usually 30 min, limit 51 min',
    'Last good run: never yet',
    'Running for: 2 h 05 min',
  ]);
});

test('since when is told on both clocks where the team lives in another zone, once where they agree', () => {
  const since = (timezone: string) => facts(opened({}, { ...en, timezone }))[1];
  assert.equal(since('UTC'), 'Since: 02:05 Europe/Moscow = 23:05 UTC');
  assert.equal(since('Europe/Istanbul'), 'Since: 02:05 Europe/Moscow');
  assert.equal(since('No/Where'), 'Since: 02:05 Europe/Moscow = 23:05 UTC');
});

test('a recovery says how long it lasted and belongs to its opening', () => {
  const subject: Subject = { type: 'incident_resolved', monitor: { ...monitor, status: 'up' }, incident: recovered };
  const message = renderMessage(subject, { ...en, now: later });
  assert.equal(message.tone, 'up');
  assert.equal(message.title, 'UP nightly backup after 41 min');
  assert.equal(message.sentence, 'nightly backup came back after 41 min, 1 run missed.');
  assert.deepEqual(facts(message), [
    'Monitor: nightly backup',
    'Down: 02:05–02:46 Europe/Moscow',
    'Lasted: 41 min',
    'Cause: expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:03:11',
    'Last good run: yesterday 02:03:11, took 31 min',
    'Runs missed: 1',
    'Tags: prod, db',
  ]);
  assert.deepEqual(message.thread, { key: '0198-i', isOpening: false });
  const russian = renderMessage(subject, { ...ru, now: later });
  assert.equal(russian.title, 'НОРМА nightly backup: снова работает, простой 41 мин');
  assert.equal(russian.sentence, '«nightly backup» снова работает, простой 41 мин, пропущен 1 запуск.');
});

test('the other ends are told as what they are', () => {
  const ends = [
    [
      'withdrawn',
      'up',
      'UP nightly backup: alarm withdrawn, it had reported in time',
      'НОРМА nightly backup: тревога отозвана, отчёт был вовремя',
    ],
    ['paused', 'info', 'CLOSED nightly backup: paused', 'ЗАКРЫТО nightly backup: на паузе'],
    ['deleted', 'info', 'CLOSED nightly backup: deleted', 'ЗАКРЫТО nightly backup: удалён'],
  ] as const;
  for (const [resolution, tone, title, russianTitle] of ends) {
    const subject: Subject = { type: 'incident_resolved', monitor, incident: { ...recovered, resolution } };
    const message = renderMessage(subject, { ...en, now: later });
    assert.equal(message.title, title);
    assert.equal(message.tone, tone);
    assert.equal(renderMessage(subject, { ...ru, now: later }).title, russianTitle);
    assert.equal(
      message.facts.some(({ label }) => label === 'Lasted'),
      resolution !== 'withdrawn',
    );
  }
});

test('an incident over before it was told is one message for people and two events for machines', () => {
  const subject: Subject = {
    type: 'incident_merged',
    monitor: { ...monitor, status: 'up' },
    incident: recovered,
    delay: { ms: 7 * MINUTE_MS, reason: { type: 'unavailable', channelKind: 'telegram' } },
  };
  const message = renderMessage(subject, { ...en, now: later });
  assert.equal(message.title, 'UP nightly backup: was down 02:05–02:46');
  assert.equal(
    message.sentence,
    'nightly backup was down 02:05–02:46 Europe/Moscow (41 min), this is over; the cause: expected 02:00 Europe/Moscow, ' +
      'grace 5 min, last success yesterday 02:03:11. Sent 7 min late: Telegram unavailable.',
  );
  assert.equal(message.thread, null);
  assert.deepEqual(
    message.events.map((event) => [event.type, event.timestamp]),
    [
      ['incident.opened', '2026-11-12T23:05:00.250Z'],
      ['incident.resolved', '2026-11-12T23:46:11.000Z'],
    ],
  );
  const russian = renderMessage(subject, { ...ru, now: later });
  assert.equal(russian.title, 'НОРМА nightly backup: простой 02:05–02:46');
  assert.equal(
    russian.sentence,
    '«nightly backup» не работал 02:05–02:46 (Europe/Moscow), всего 41 мин, это уже позади; причина: ждали в 02:00 ' +
      '(Europe/Moscow), допуск 5 мин, последний успех вчера в 02:03:11. Отправлено с опозданием на 7 мин: канал был ' +
      'недоступен (Telegram).',
  );
});

test('a delay is told with its reason from a minute on', () => {
  const sentence = (delay: Extract<Subject, { type: 'incident_opened' }>['delay'], context = en) =>
    renderMessage({ type: 'incident_opened', monitor, incident, ...(delay && { delay }) }, context).sentence;
  assert.equal(sentence({ ms: MINUTE_MS - 1, reason: null }), sentence(undefined));
  assert.ok(sentence({ ms: MINUTE_MS, reason: null }).endsWith('. Sent 1 min late.'));
  assert.ok(sentence({ ms: 6e5, reason: { type: 'site_dark' } }).endsWith(' Sent 10 min late: its site was dark.'));
  assert.ok(
    sentence({ ms: 6e5, reason: { type: 'rate_limited', channelKind: 'email' } }).endsWith(
      ' Sent 10 min late: e-mail asked us to wait.',
    ),
  );
  assert.ok(
    sentence({ ms: 6e5, reason: { type: 'rate_limited', channelKind: 'email' } }, ru).endsWith(
      ' Отправлено с опозданием на 10 мин: канал просил подождать (почта).',
    ),
  );
});

const change = (kind: DigestEntry['kind'], index: number): DigestEntry => ({
  kind,
  monitor: { ...monitor, name: `job ${index}` },
  incident: kind === 'opened' ? incident : recovered,
});

test('a digest counts in its headline and lists one change a line', () => {
  const entries = [change('opened', 1), change('resolved', 2), change('opened', 3)];
  const subject: Subject = { type: 'digest', entries, total: 3 };
  const message = renderMessage(subject, { ...en, now: later });
  assert.equal(message.title, 'DOWN: 2 monitors, UP: 1 monitor');
  assert.equal(message.tone, 'down');
  assert.deepEqual(message.lines, [
    'DOWN job 1: nothing since 02:03 yesterday',
    'UP job 2 after 41 min',
    'DOWN job 3: nothing since 02:03 yesterday',
  ]);
  assert.equal(renderMessage(subject, { ...ru, now: later }).title, 'СБОЙ: 2 монитора, НОРМА: 1 монитор');
});

test('a digest lists fifty lines and counts the rest', () => {
  const entries = Array.from({ length: MAX_LINES + 10 }, (_, index) => change('opened', index));
  const exact = renderMessage({ type: 'digest', entries: entries.slice(0, MAX_LINES), total: MAX_LINES }, en);
  assert.equal(exact.lines.length, MAX_LINES);
  const message = renderMessage({ type: 'digest', entries, total: 530 }, en);
  assert.equal(message.lines.length, MAX_LINES + 1);
  assert.equal(message.lines.at(-1), 'and 480 more');
  assert.equal(message.title, '530 changes: monitors went down or came back');
  assert.equal(renderMessage({ type: 'digest', entries, total: 530 }, ru).lines.at(-1), 'и ещё 480');
});

const failed: Cause = {
  code: 'failed',
  data: { ...watched, failedAt: OPENED, exitStatus: 3, failStreak: 1, failAfter: 1, runId: null, durationMs: null },
};

test('the output under a recovery is said to be of the run that failed, or, where none failed, the last one before', () => {
  assert.equal(opened({}).outputOf, undefined);
  const labels = [
    [failed, 'End of the output of the failed run', 'Конец вывода неудачного запуска'],
    [missed, 'End of the last output before the incident', 'Конец последнего вывода до сбоя'],
  ] as const;
  for (const [cause, english, russian] of labels) {
    const subject: Subject = { type: 'incident_resolved', monitor, incident: { ...recovered, cause } };
    const message = renderMessage(subject, en);
    const forms = [
      renderMailText(message, null),
      renderTelegramHtml(message),
      renderTelegramPlain(message),
      JSON.stringify(renderSlack(message)),
      JSON.stringify(renderDiscord(message)),
    ];
    for (const form of forms) assert.ok(form.includes(english), form);
    assert.ok(renderTelegramHtml(renderMessage(subject, ru)).includes(russian));
  }
});

test('a monitor that was never heard from is told once, with what to look at', () => {
  const subject: Subject = { type: 'never_heard', monitor, createdAt: at('2026-11-12T01:30:00+03:00') };
  const message = renderMessage(subject, en);
  assert.equal(message.title, 'nightly backup: created but never heard from');
  assert.equal(
    message.sentence,
    'nightly backup was created yesterday at 01:30 Europe/Moscow but never heard from. Is its job installed, and does it call its ping URL?',
  );
  assert.equal(
    renderMessage(subject, ru).sentence,
    '«nightly backup» создан вчера в 01:30 (Europe/Moscow), но ещё ни разу не подал знака. Установлено ли задание и вызывает ли оно свой адрес?',
  );
});

test('a gap says when we were blind and what is not known', () => {
  const from = at('2026-11-12T14:02:00+03:00');
  const gap = { type: 'gap', from, to: from + 18 * MINUTE_MS } as const;
  const context = { ...en, now: from + 20 * MINUTE_MS };
  const names = ['backup', 'report', 'sync', 'cleanup'].map((name) => ({ name }));
  const message = renderMessage({ ...gap, unknown: names, total: 6 }, context);
  assert.equal(message.title, 'We were blind 14:02–14:20; not known: backup, report, sync and 3 more');
  assert.equal(
    message.sentence,
    'We were blind 14:02–14:20 Europe/Moscow (18 min); not known: backup, report, sync and 3 more. What was due in that time does not count as missed.',
  );
  assert.deepEqual(message.lines, ['backup', 'report', 'sync', 'cleanup', 'and 2 more']);
  const russian = { ...context, language: 'ru' } as const;
  assert.equal(
    renderMessage({ ...gap, unknown: names.slice(0, 1), total: 1 }, russian).sentence,
    'Мы не вели наблюдение 14:02–14:20 (Europe/Moscow), всего 18 мин; нет сведений: backup. То, что приходилось на это время, пропуском не считается.',
  );
  assert.equal(
    renderMessage({ ...gap, unknown: [], total: 0 }, context).sentence,
    'We were blind 14:02–14:20 Europe/Moscow (18 min); nothing was due.',
  );
  assert.equal(
    renderMessage({ ...gap, unknown: [], total: 2 }, context).title,
    'We were blind 14:02–14:20; not known: 2 monitors',
  );
});

test('a broken channel is told with the receiver’s own words', () => {
  const subject: Subject = {
    type: 'channel_broken',
    channelName: 'Ops',
    channelKind: 'telegram',
    reason: 'Forbidden: bot was blocked by the user.',
  };
  const message = renderMessage(subject, en);
  assert.equal(message.tone, 'warning');
  assert.equal(message.title, 'Channel broken: Ops');
  assert.equal(
    message.sentence,
    'The channel Ops (Telegram) no longer takes messages: Forbidden: bot was blocked by the user. Put it right, then send a test: that revives it.',
  );
  assert.equal(
    renderMessage({ ...subject, channelKind: 'webhook', reason: ' ' }, ru).sentence,
    'Канал «Ops» (вебхук) больше не принимает сообщения: причина не названа. Исправьте его и отправьте проверку: она вернёт канал к работе.',
  );
});

test('a test message names its channel', () => {
  const message = renderMessage({ type: 'test', channelName: 'Ops' }, en);
  assert.equal(message.title, 'Test message to Ops');
  assert.equal(message.sentence, 'This is a test: alerts to the channel Ops arrive here.');
  assert.equal(renderMessage({ type: 'test', channelName: 'Ops' }, ru).title, 'Проверка канала Ops');
});

test('a long name leaves room for what happened', () => {
  const name = `${'very '.repeat(40)}long`;
  const { title } = renderMessage({ type: 'incident_opened', monitor: { ...monitor, name }, incident }, en);
  assert.match(title, /^DOWN very very .*very…: nothing since 02:03 yesterday$/);
});

test('many tags are cut and counted', () => {
  const tags = Array.from({ length: 14 }, (_, index) => `t${index}`);
  const message = renderMessage({ type: 'incident_opened', monitor: { ...monitor, tags }, incident }, en);
  assert.equal(facts(message).at(-1), 'Tags: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 4 more');
});
