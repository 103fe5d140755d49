import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cause } from '../../core/cause.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import type { Missed } from '../../core/summary/missed.ts';
import type { Summary } from '../../core/summary/summary.ts';
import { MAX_CONTENT_LENGTH, MAX_EMBED_LENGTH, renderDiscord } from '../channels/discord/render.ts';
import { renderMailHtml, renderMailText } from '../channels/email/render.ts';
import { MAX_SECTION_LENGTH, renderSlack } from '../channels/slack/render.ts';
import { MAX_TEXT_LENGTH, renderTelegramHtml, renderTelegramPlain } from '../channels/telegram/render.ts';
import { MAX_EVENT_BYTES } from '../events.ts';
import type { Message } from '../message.ts';
import { renderMessage } from '../render.ts';
import type { RenderContext } from '../subjects.ts';

const TO = Date.parse('2026-11-23T09:00:00+03:00');
const en: RenderContext = {
  language: 'en',
  timezone: 'Europe/Moscow',
  now: TO + 2_000,
  publicUrl: 'https://all.example',
};
const ru: RenderContext = { ...en, language: 'ru' };
const none = { total: 0, first: [] };

const calm: Summary = {
  period: 'week',
  from: TO - 7 * DAY_MS,
  to: TO,
  monitors: { total: 12, new: 0, up: 12, down: 0, paused: 0 },
  success: { good: 415, all: 415, ratio: 1 },
  uptime: { upMs: 1, downMs: 0, ratio: 1 },
  incidents: { total: 0, open: 0, lastedMs: 0, longest: [] },
  slowest: [],
  growing: [],
  neverHeard: none,
  noisy: [],
  failingChannels: none,
  unusedChannels: none,
};

const troubled: Summary = {
  ...calm,
  monitors: { total: 15, new: 1, up: 12, down: 1, paused: 1 },
  success: { good: 412, all: 415, ratio: 412 / 415 },
  uptime: { upMs: 999, downMs: 1, ratio: 0.999 },
  incidents: {
    total: 3,
    open: 1,
    lastedMs: 2 * HOUR_MS + 5 * MINUTE_MS,
    longest: [
      { id: 'm1', name: 'nightly backup', incidentId: 'i1', lastedMs: 70 * MINUTE_MS, isOpen: false },
      { id: 'm2', name: 'report', incidentId: 'i2', lastedMs: 55 * MINUTE_MS, isOpen: true },
    ],
  },
  noisy: [{ id: 'm1', name: 'nightly backup', incidents: 2 }],
  growing: [{ id: 'm3', name: 'export', medianMs: 12 * MINUTE_MS, usualMs: 8 * MINUTE_MS, runs: 7 }],
  slowest: [{ id: 'm3', name: 'export', medianMs: 12 * MINUTE_MS, runs: 7 }],
  neverHeard: { total: 3, first: [{ id: 'm4', name: 'archive', createdAt: TO - 9 * DAY_MS }] },
  failingChannels: {
    total: 2,
    first: [
      { id: 'c1', name: 'ops', kind: 'slack', state: 'broken', sent: 0, failed: 1 },
      { id: 'c2', name: 'team', kind: 'email', state: 'ok', sent: 7, failed: 3 },
    ],
  },
  unusedChannels: { total: 1, first: [{ id: 'c3', name: 'old', kind: 'webhook', state: 'ok', sent: 0, failed: 0 }] },
};

const render = (summary: Summary, context = en) => renderMessage({ type: 'summary', summary }, context);
const facts = (message: Message) => message.facts.map(({ label, value }) => `${label}: ${value}`);

describe('a week', () => {
  test('in which all went well is one sentence', () => {
    const message = render(calm);
    assert.equal(message.tone, 'up');
    assert.equal(message.title, 'Weekly summary: all is well');
    assert.equal(
      message.sentence,
      'All is well. 16 Nov 09:00 – today 09:00 Europe/Moscow: 415 of 415 runs good (100%), no incidents, uptime 100%.',
    );
    assert.deepEqual(message.lines, []);
    assert.equal(render({ ...calm, period: 'day' }, ru).title, 'Сводка за день: всё хорошо');
    assert.match(
      render(calm, ru).sentence,
      /^Всё хорошо\. 16 ноября 09:00 – .*: успешно 415 из 415 запусков \(100\u00a0%\), инцидентов не было, доступность 100\u00a0%\.$/,
    );
  });

  test('with troubles tells the numbers, and each thing that is worth a look', () => {
    const message = render(troubled);
    assert.equal(message.tone, 'warning');
    assert.equal(message.title, 'Weekly summary: 99.27% good, 3 incidents, 1 monitor down');
    assert.deepEqual(facts(message), [
      'Good runs: 412 of 415 runs good (99.27%)',
      'Incidents: 3 incidents, 2 h 05 min in all',
      'Uptime: 99.9%',
      'Monitors now: 12 up, 1 down, 1 paused, 1 not heard from yet',
    ]);
    assert.deepEqual(message.lines, [
      'Incident: nightly backup was down for 1 h 10 min',
      'Incident: report is down, for 55 min so far',
      'Noisy: nightly backup, 2 incidents',
      'Channel broken: ops (Slack)',
      'Channel fails: team (e-mail), 3 of 10 messages not delivered',
      'Never heard from: archive, created 14 Nov 09:00',
      'Never heard from: 2 more monitors',
      'Slower: export takes 12 min, it was 8 min (+50%)',
      'Slow: export usually takes 12 min (7 runs)',
      'Channel unused: old (webhook)',
    ]);
  });

  test('says the same in Russian', () => {
    const message = render(troubled, ru);
    assert.equal(message.title, 'Сводка за неделю: успешно 99,27\u00a0%, 3 инцидента, в сбое 1 монитор');
    assert.ok(message.lines.includes('Инцидент: «report» не работает, уже 55 мин'));
    assert.ok(message.lines.includes('Дольше прежнего: «export», 12 мин, было 8 мин (+50\u00a0%)'));
    assert.ok(message.lines.includes('Ни разу не подали знака: ещё 2 монитора'));
    assert.ok(message.lines.includes('Канал сбоит: team (почта), не доставлено 3 из 10 сообщений'));
  });

  test('in which nothing was due says so', () => {
    const idle = { ...calm, success: { good: 0, all: 0, ratio: null }, uptime: { upMs: 0, downMs: 0, ratio: null } };
    assert.match(render(idle).sentence, /: nothing was due, no incidents\.$/);
  });

  test('is data for machines, of the type summary', () => {
    const [event] = render(troubled).events;
    assert.equal(event?.type, 'summary');
    assert.equal(event?.timestamp, '2026-11-23T06:00:00.000Z');
    const { data } = event as { data: Record<string, Record<string, unknown>> };
    assert.equal(data.period, 'week');
    assert.equal(data.from, '2026-11-16T06:00:00.000Z');
    assert.deepEqual(data.success, { good: 412, all: 415, ratio: 412 / 415 });
    assert.deepEqual(data.growing, [{ id: 'm3', name: 'export', median_seconds: 720, usual_seconds: 480, runs: 7 }]);
    assert.equal(data.incidents?.lasted_seconds, 7_500);
  });
});

const cause: Cause = {
  code: 'missed',
  data: {
    lastSuccessAt: TO - 31 * HOUR_MS,
    timezone: 'Europe/Moscow',
    blind: [],
    expectedAt: TO - 7 * HOUR_MS,
    graceSeconds: 300,
    foundLateMs: null,
  },
};

function missing(count: number, total = count, name = 'nightly backup'): Missed {
  const one = (index: number) => ({ id: `m${index}`, name, incidentId: `i${index}`, cause, openedAt: TO - HOUR_MS });
  return {
    at: TO,
    monitors: { new: 0, up: 9, down: total, paused: 1 },
    total,
    first: Array.from({ length: count }, (_, index) => one(index)),
  };
}

describe('what is missed now', () => {
  test('is told with its causes, in both languages', () => {
    const message = renderMessage({ type: 'missed_now', missed: missing(2) }, en);
    assert.equal(message.title, 'Missed now: 2 monitors');
    assert.equal(message.sentence, '2 of 12 monitors are down at this moment.');
    assert.equal(
      message.lines[0],
      'nightly backup: expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:00:00',
    );
    const inRussian = renderMessage({ type: 'missed_now', missed: missing(2) }, ru);
    assert.equal(inRussian.sentence, 'Сейчас в сбое 2 монитора, всего под наблюдением 12.');
    assert.match(inRussian.lines[0] ?? '', /^«nightly backup»: ждали в 02:00 \(Europe\/Moscow\), допуск 5 мин/);
  });

  test('counts those that are not at hand, and says when there is nothing', () => {
    const many = renderMessage({ type: 'missed_now', missed: missing(50, 700) }, en);
    assert.equal(many.lines.length, 51);
    assert.equal(many.lines.at(-1), 'and 650 more');
    const nothing = renderMessage({ type: 'missed_now', missed: missing(0) }, en);
    assert.equal(nothing.title, 'Nothing is missed now');
    assert.equal(nothing.sentence, 'All is well: none of 10 monitors is down.');
  });
});

test('the largest summaries keep the bounds of every channel', () => {
  const name = '👨‍👩‍👧<&*_>"'.repeat(20).slice(0, 100);
  const five = <Item extends { name: string }>(items: readonly Item[]) =>
    Array.from({ length: 5 }, (_, index) => ({ ...(items[index % items.length] as Item), name }));
  const largest: Summary = {
    ...troubled,
    incidents: { ...troubled.incidents, longest: five(troubled.incidents.longest) },
    noisy: five(troubled.noisy),
    growing: five(troubled.growing),
    slowest: five(troubled.slowest),
    neverHeard: { total: 9_000, first: five(troubled.neverHeard.first) },
    failingChannels: { total: 150, first: five(troubled.failingChannels.first) },
    unusedChannels: { total: 50, first: five(troubled.unusedChannels.first) },
  };
  for (const context of [en, ru]) {
    const messages = [
      renderMessage({ type: 'summary', summary: largest }, context),
      renderMessage({ type: 'missed_now', missed: missing(50, 10_000, name) }, context),
    ];
    for (const message of messages) {
      for (const block of renderSlack(message).blocks as { text?: { text: string } }[]) {
        assert.ok((block.text?.text.length ?? 0) <= MAX_SECTION_LENGTH);
      }
      assert.ok(renderTelegramPlain(message).length <= MAX_TEXT_LENGTH);
      assert.ok(
        renderTelegramHtml(message)
          .replaceAll(/<[^>]*>/g, '')
          .replaceAll(/&\w+;/g, '&').length <= MAX_TEXT_LENGTH,
      );
      const { content, embeds } = renderDiscord(message);
      assert.ok(content.length <= MAX_CONTENT_LENGTH && JSON.stringify(embeds).length < 2 * MAX_EMBED_LENGTH);
      assert.ok(renderMailHtml(message, null).includes('<li'));
      assert.ok(renderMailText(message, null).includes('\n- '));
      assert.ok(Buffer.byteLength(JSON.stringify(message.events[0])) < MAX_EVENT_BYTES);
    }
  }
});
