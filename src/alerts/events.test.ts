import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../core/cause.ts';
import { MAX_EVENT_BYTES } from './events.ts';
import { renderMessage } from './render.ts';
import type { IncidentFacts, MonitorRef, RenderContext, Subject } from './subjects.ts';

const OPENED = Date.parse('2026-11-12T23:05:00Z');
const context: RenderContext = {
  language: 'en',
  timezone: 'UTC',
  // Sent on another day than it happened: the event must not notice.
  now: OPENED + 30 * 3_600_000,
  publicUrl: 'https://all.example',
};
const monitor: MonitorRef = { id: 'm', name: 'backup', kind: 'heartbeat', status: 'up', tags: ['x'], url: 'https://m' };
const cause: Cause = {
  code: 'missed',
  data: {
    lastSuccessAt: Date.parse('2026-11-11T23:03:11Z'),
    timezone: 'Europe/Moscow',
    blind: [],
    expectedAt: Date.parse('2026-11-12T23:00:00Z'),
    graceSeconds: 300,
    foundLateMs: null,
  },
};
const incident: IncidentFacts = {
  id: 'i',
  cause,
  openedAt: OPENED,
  detectedAt: OPENED + 250,
  resolvedAt: OPENED + 2_471_000,
  resolution: 'recovered',
  missedSlots: 1,
  lastGoodRun: null,
  outputTail: 'secret output',
  url: 'https://i',
};

const causeJson = {
  code: 'missed',
  data: {
    last_success_at: '2026-11-11T23:03:11.000Z',
    timezone: 'Europe/Moscow',
    blind: [],
    expected_at: '2026-11-12T23:00:00.000Z',
    grace_seconds: 300,
    found_late_seconds: null,
  },
  text: 'expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:03:11',
};

const openedEvent = {
  type: 'incident.opened',
  timestamp: '2026-11-12T23:05:00.250Z',
  data: {
    incident: {
      id: 'i',
      cause: causeJson,
      opened_at: '2026-11-12T23:05:00.000Z',
      detected_at: '2026-11-12T23:05:00.250Z',
      resolved_at: null,
      resolution: null,
    },
    monitor: { id: 'm', name: 'backup', kind: 'heartbeat', status: 'down' },
  },
};

const resolvedEvent = {
  type: 'incident.resolved',
  timestamp: '2026-11-12T23:46:11.000Z',
  data: {
    incident: {
      ...openedEvent.data.incident,
      resolved_at: '2026-11-12T23:46:11.000Z',
      resolution: 'recovered',
    },
    monitor: { id: 'm', name: 'backup', kind: 'heartbeat', status: 'up' },
  },
};

const events = (subject: Subject) => renderMessage(subject, context).events;

test('an incident’s events have the promised form, and say the same whenever they are sent', () => {
  assert.deepEqual(events({ type: 'incident_opened', monitor: { ...monitor, status: 'down' }, incident }), [
    openedEvent,
  ]);
  assert.deepEqual(events({ type: 'incident_resolved', monitor, incident }), [resolvedEvent]);
});

test('a merged message carries both events, each as of its time', () => {
  assert.deepEqual(events({ type: 'incident_merged', monitor, incident }), [openedEvent, resolvedEvent]);
});

test('a digest’s event lists its incidents', () => {
  const entries = [
    { kind: 'opened', monitor, incident },
    { kind: 'resolved', monitor, incident },
  ] as const;
  assert.deepEqual(events({ type: 'digest', entries, total: 2 }), [
    {
      type: 'incident.digest',
      timestamp: '2026-11-12T23:46:11.000Z',
      data: {
        incidents: [
          { type: 'incident.opened', ...openedEvent.data, monitor: { ...openedEvent.data.monitor, status: 'up' } },
          { type: 'incident.resolved', ...resolvedEvent.data },
        ],
        total: 2,
      },
    },
  ]);
});

test('the other subjects have events too', () => {
  const timestamp = new Date(context.now).toISOString();
  assert.deepEqual(events({ type: 'never_heard', monitor: { ...monitor, status: 'new' }, createdAt: OPENED }), [
    {
      type: 'monitor.never_heard',
      timestamp,
      data: { monitor: { ...resolvedEvent.data.monitor, status: 'new' }, created_at: '2026-11-12T23:05:00.000Z' },
    },
  ]);
  assert.deepEqual(events({ type: 'gap', from: OPENED, to: OPENED + 1, unknown: [{ name: 'a' }], total: 3 }), [
    {
      type: 'system.gap',
      timestamp: '2026-11-12T23:05:00.001Z',
      data: {
        from: '2026-11-12T23:05:00.000Z',
        to: '2026-11-12T23:05:00.001Z',
        unknown: [{ name: 'a' }],
        total: 3,
      },
    },
  ]);
  assert.deepEqual(events({ type: 'channel_broken', channelName: 'Ops', channelKind: 'slack', reason: 'gone' }), [
    { type: 'channel.broken', timestamp, data: { channel: { name: 'Ops', kind: 'slack' }, reason: 'gone' } },
  ]);
  assert.deepEqual(events({ type: 'test', channelName: 'Ops' }), [
    { type: 'channel.test', timestamp, data: { channel: { name: 'Ops' } } },
  ]);
});

test('the largest digest and the largest gap stay below the bound, list what fits and count all', () => {
  const wide: MonitorRef = { ...monitor, name: '☃'.repeat(100) };
  const entries = Array.from({ length: 500 }, () => ({ kind: 'opened' as const, monitor: wide, incident }));
  const unknown = entries.map(() => ({ name: '\u0001'.repeat(100) }));
  for (const [subject, list] of [
    [{ type: 'digest', entries, total: 530 }, 'incidents'],
    [{ type: 'gap', from: OPENED, to: OPENED, unknown, total: 530 }, 'unknown'],
  ] as const) {
    const [event] = events(subject);
    assert.ok(event);
    assert.ok(Buffer.byteLength(JSON.stringify(event)) < MAX_EVENT_BYTES);
    const listed = event.data[list];
    assert.ok(Array.isArray(listed) && listed.length > 10 && listed.length < 500);
    assert.equal(event.data.total, 530);
  }
});
