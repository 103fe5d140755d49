import { type ApiJson, toApiJson } from '../core/api-json.ts';
import type { Instant } from '../core/instant.ts';
import { isoInstant } from '../core/iso-instant.ts';
import { causeToJson } from '../core/language/cause-json.ts';
import type { MessageEvent } from './message.ts';
import { MAX_NAME_LENGTH } from './names.ts';
import type { DigestEntry, IncidentFacts, MonitorRef, RenderContext, SiteFacts, Subject } from './subjects.ts';

/**
 * What webhooks send. Every event is `{type, timestamp, data}`; its JSON stays under MAX_EVENT_BYTES. Keys are
 * snake_case, instants RFC 3339 in UTC, durations seconds. Names stand as they are in the API.
 *
 * | type                | data                                                                                  |
 * |---------------------|---------------------------------------------------------------------------------------|
 * | `incident.opened`   | `incident`, `monitor`; of a gateway also `site`                                       |
 * | `incident.resolved` | the same                                                                              |
 * | `incident.reminder` | the same: told before, still down, and nobody took it on                              |
 * | `incident.digest`   | `incidents`: list of {`type`: "incident.opened" or "incident.resolved", `incident`,   |
 * |                     | `monitor`}, as many as fit; `total`: how many there were                              |
 * | `monitor.never_heard` | `monitor`, `created_at`                                                             |
 * | `system.gap`        | `from`, `to`; `unknown`: list of {`name`}, as many as fit; `total`: how many there were |
 * | `channel.broken`    | `channel`: {`name`, `kind`}, `reason`                                                 |
 * | `summary`           | how a day or a week was, or what is missed now: see summaries/events.ts                |
 * | `channel.test`      | `channel`: {`name`}                                                                   |
 *
 * `incident` is {`id`, `cause`: {`code`, `data`, `text`}, `opened_at`, `detected_at`, `resolved_at`, `resolution`},
 * `monitor` is {`id`, `name`, `kind`, `status`}. An opened event shows the incident as it was when it opened, whenever
 * it is sent. `site` is {`id`, `name`, `monitors`, `still_down`, `recovered`: how many, `incidents`: list as in a digest
 * of those whose alarms this darkness holds or held, as many as fit}, as it is when it is sent. The `text` of a cause is in the team's language, its "yesterday" relative to the event's timestamp.
 */
export const MAX_EVENT_BYTES = 20_000;

/** Of the room of one event, what its list may take; the rest is for the envelope around it. */
const MAX_LIST_BYTES = 18_000;
/** The same for the list of a site, which stands beside an incident. */
const MAX_SITE_BYTES = 10_000;
/** No single text in an event is longer, in UTF-16 units: a sentence, and anything else (ids, zones). */
const MAX_SENTENCE_LENGTH = 1_000;
const MAX_TEXT_LENGTH = 200;

function boundedText(text: string, limit = MAX_TEXT_LENGTH): string {
  return text.slice(0, limit).toWellFormed();
}

function boundedTexts(value: ApiJson): ApiJson {
  if (typeof value === 'string') return boundedText(value);
  if (Array.isArray(value)) return value.map(boundedTexts);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, boundedTexts(field ?? null)]));
}

function fitting<Item>(
  items: readonly Item[],
  toJson: (item: Item) => ApiJson,
  maxBytes = MAX_LIST_BYTES,
): readonly ApiJson[] {
  const kept: ApiJson[] = [];
  let bytes = 0;
  for (const item of items) {
    const json = toJson(item);
    bytes += Buffer.byteLength(JSON.stringify(json)) + 1;
    if (bytes > maxBytes) break;
    kept.push(json);
  }
  return kept;
}

function monitorJson(monitor: MonitorRef, status = monitor.status): ApiJson {
  const { id, name, kind } = monitor;
  return { id: boundedText(id), name: boundedText(name, MAX_NAME_LENGTH), kind, status };
}

function incidentJson(incident: IncidentFacts, at: Instant, isOver: boolean, context: RenderContext): ApiJson {
  const { id, openedAt, detectedAt, resolvedAt, resolution } = incident;
  const cause = causeToJson(incident.cause, context.language, context.timezone, at);
  return toApiJson({
    id: boundedText(id),
    cause: { code: cause.code, data: boundedTexts(cause.data), text: boundedText(cause.text, MAX_SENTENCE_LENGTH) },
    openedAt,
    detectedAt,
    resolvedAt: isOver ? resolvedAt : null,
    resolution: isOver ? resolution : null,
  });
}

function event(type: string, at: Instant, data: Readonly<Record<string, unknown>>): MessageEvent {
  return { type, timestamp: isoInstant(at), data };
}

/** When a change became known: not when it is sent, so that every attempt carries the same words. */
function happenedAt(entry: DigestEntry, context: RenderContext): Instant {
  if (entry.kind === 'opened') return entry.incident.detectedAt;
  if (entry.kind === 'reminder') return context.now;
  return entry.incident.resolvedAt ?? context.now;
}

function incidentData(entry: DigestEntry, context: RenderContext, status?: MonitorRef['status']) {
  const incident = incidentJson(entry.incident, happenedAt(entry, context), entry.kind === 'resolved', context);
  return { incident, monitor: monitorJson(entry.monitor, status) };
}

export function incidentEvent(entry: DigestEntry, context: RenderContext, status?: MonitorRef['status']): MessageEvent {
  const { site } = entry.incident;
  const data = {
    ...incidentData(entry, context, status),
    ...(site === undefined ? {} : { site: siteJson(site, context) }),
  };
  return event(`incident.${entry.kind}`, happenedAt(entry, context), data);
}

function listed(entry: DigestEntry, context: RenderContext): ApiJson {
  return { type: `incident.${entry.kind}`, ...incidentData(entry, context) };
}

function siteJson({ id, name, monitors, stillDown, recovered, held }: SiteFacts, context: RenderContext): ApiJson {
  return {
    id: boundedText(id),
    name: boundedText(name, MAX_NAME_LENGTH),
    monitors,
    still_down: stillDown,
    recovered,
    incidents: fitting(held, (entry) => listed(entry, context), MAX_SITE_BYTES),
  };
}

export function digestEvent(subject: Extract<Subject, { type: 'digest' }>, context: RenderContext): MessageEvent {
  const newest = Math.max(...subject.entries.map((entry) => happenedAt(entry, context)));
  return event('incident.digest', Number.isFinite(newest) ? newest : context.now, {
    incidents: fitting(subject.entries, (entry) => listed(entry, context)),
    total: Math.max(subject.total, subject.entries.length),
  });
}

export function neverHeardEvent(monitor: MonitorRef, createdAt: Instant, context: RenderContext): MessageEvent {
  return event('monitor.never_heard', context.now, {
    monitor: monitorJson(monitor),
    created_at: isoInstant(createdAt),
  });
}

export function neverHeardDigestEvent(
  subject: Extract<Subject, { type: 'never_heard_digest' }>,
  context: RenderContext,
): MessageEvent {
  return event('monitor.never_heard_digest', context.now, {
    monitors: fitting(subject.entries, ({ monitor, createdAt }) => ({
      monitor: monitorJson(monitor),
      created_at: isoInstant(createdAt),
    })),
    total: Math.max(subject.total, subject.entries.length),
  });
}

export function gapEvent(subject: Extract<Subject, { type: 'gap' }>): MessageEvent {
  return event('system.gap', subject.to, {
    from: isoInstant(subject.from),
    to: isoInstant(subject.to),
    unknown: fitting(subject.unknown, ({ name }) => ({ name: boundedText(name, MAX_NAME_LENGTH) })),
    total: Math.max(subject.total, subject.unknown.length),
  });
}

export function channelBrokenEvent(
  subject: Extract<Subject, { type: 'channel_broken' }>,
  context: RenderContext,
): MessageEvent {
  const name = boundedText(subject.channelName, MAX_NAME_LENGTH);
  const channel = { name, kind: boundedText(subject.channelKind, MAX_NAME_LENGTH) };
  return event('channel.broken', context.now, { channel, reason: boundedText(subject.reason, MAX_SENTENCE_LENGTH) });
}

export function testEvent(channelName: string, context: RenderContext): MessageEvent {
  return event('channel.test', context.now, { channel: { name: boundedText(channelName, MAX_NAME_LENGTH) } });
}
