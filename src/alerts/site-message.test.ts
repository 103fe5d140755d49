import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../core/cause.ts';
import { MINUTE_MS } from '../core/instant.ts';
import { MAX_EVENT_BYTES } from './events.ts';
import { MAX_LINES } from './lines.ts';
import { renderMessage } from './render.ts';
import type { DigestEntry, IncidentFacts, MonitorRef, RenderContext, SiteFacts } from './subjects.ts';

const OPENED = Date.parse('2026-11-13T02:05:00Z');
const en: RenderContext = { language: 'en', timezone: 'UTC', now: OPENED + 250, publicUrl: 'https://all.example' };
const ru: RenderContext = { ...en, language: 'ru' };

const cause: Cause = {
  code: 'missed',
  data: { lastSuccessAt: null, timezone: null, blind: [], expectedAt: OPENED, graceSeconds: 60, foundLateMs: null },
};

function monitorOf(name: string): MonitorRef {
  return { id: `m-${name}`, name, kind: 'heartbeat', status: 'down', tags: [], url: `https://all.example/m/${name}` };
}

function incidentOf(name: string, change: Partial<IncidentFacts> = {}): IncidentFacts {
  return {
    id: `i-${name}`,
    cause,
    openedAt: OPENED,
    detectedAt: OPENED + 250,
    resolvedAt: null,
    resolution: null,
    missedSlots: 0,
    lastGoodRun: null,
    outputTail: null,
    url: `https://all.example/i/${name}`,
    ...change,
  };
}

const over = { resolvedAt: OPENED + 12 * MINUTE_MS, resolution: 'recovered' } as const;
const down: DigestEntry = { kind: 'opened', monitor: monitorOf('printer'), incident: incidentOf('printer') };
const back: DigestEntry = { kind: 'resolved', monitor: monitorOf('camera'), incident: incidentOf('camera', over) };
const site: SiteFacts = { id: 's-1', name: 'HQ', monitors: 12, held: [down, back], stillDown: 1, recovered: 1 };

const gateway = monitorOf('line');
const opened = (facts: SiteFacts, context = en) =>
  renderMessage({ type: 'incident_opened', monitor: gateway, incident: incidentOf('line', { site: facts }) }, context);
const lit = (facts: SiteFacts, context = en, change: Partial<IncidentFacts> = over) =>
  renderMessage(
    { type: 'incident_resolved', monitor: gateway, incident: incidentOf('line', { site: facts, ...change }) },
    { ...context, now: OPENED + 12 * MINUTE_MS },
  );

test('a gateway that is down says what waits for it, and lists what waits already', () => {
  const message = opened({ ...site, held: [down], recovered: 0 });
  assert.match(
    message.sentence,
    /It is the gateway of HQ: what we would tell of the 12 monitors behind it waits until it is back\.$/,
  );
  assert.deepEqual(message.facts.slice(-2), [
    { label: 'Site', value: 'HQ, 12 monitors behind it' },
    { label: 'Held so far', value: '1 monitor' },
  ]);
  assert.deepEqual(message.lines, ['DOWN printer: no success yet']);
  assert.match(opened(site, ru).sentence, /шлюз площадки «HQ»: сообщения о 12 мониторах за ним подождут/);
  assert.match(opened({ ...site, monitors: 1 }, ru).sentence, /сообщения о 1 мониторе за ним/);
});

test('a gateway that is back says what is still down, and what was and is no more', () => {
  const message = lit(site);
  assert.match(
    message.sentence,
    /HQ is lit again\. 1 monitor went down in the dark and came back\. 1 monitor is still/,
  );
  assert.deepEqual(message.lines, ['DOWN printer: no success yet', 'UP camera after 12 min']);
  assert.match(lit(site, ru).sentence, /Площадка «HQ» снова на связи\. .*вернулись: 1 монитор\. Ещё не работают: 1/);
  assert.match(lit({ ...site, held: [], stillDown: 0, recovered: 0 }).sentence, /HQ is lit again\.$/);
});

test('closed by hand nobody knows whether the site is lit, and nobody says so', () => {
  const message = lit(site, en, { resolvedAt: over.resolvedAt, resolution: 'paused' });
  assert.doesNotMatch(message.sentence, /lit/);
  assert.deepEqual(message.lines, []);
});

test('machines get the same beside the incident, as much as fits', () => {
  const [event] = lit(site).events;
  const data = event?.data as { site: Record<string, unknown> & { incidents: { type: string }[] } };
  const { incidents, ...rest } = data.site;
  assert.deepEqual(rest, { id: 's-1', name: 'HQ', monitors: 12, still_down: 1, recovered: 1 });
  assert.deepEqual(
    incidents.map(({ type }) => type),
    ['incident.opened', 'incident.resolved'],
  );
  const many = { ...site, held: Array.from({ length: 100 }, () => down), stillDown: 100 };
  const message = opened(many);
  assert.equal(message.lines.length, MAX_LINES + 1);
  assert.equal(message.lines.at(-1), 'and 51 more');
  assert.ok(Buffer.byteLength(JSON.stringify(message.events[0])) < MAX_EVENT_BYTES);
  const [first] = message.events;
  assert.ok(first);
  const { length } = (first.data.site as { incidents: unknown[] }).incidents;
  assert.ok(length > 10 && length < 100, `${length} listed`);
});

test('in a digest the line of a gateway says what stands behind it', () => {
  const entries: DigestEntry[] = [
    { kind: 'opened', monitor: gateway, incident: incidentOf('line', { site }) },
    { kind: 'opened', monitor: monitorOf('other'), incident: incidentOf('other') },
  ];
  const message = renderMessage({ type: 'digest', entries, total: 2 }, en);
  assert.deepEqual(message.lines, [
    'DOWN line: no success yet (HQ, 12 monitors behind it)',
    'DOWN other: no success yet',
  ]);
});

test('an alarm that waited for its site says so', () => {
  const delay = { ms: 40 * MINUTE_MS, reason: { type: 'site_dark' } } as const;
  const subject = { type: 'incident_opened', monitor: down.monitor, incident: down.incident, delay } as const;
  assert.match(renderMessage(subject, en).sentence, /Sent 40 min late: its site was dark\.$/);
});
