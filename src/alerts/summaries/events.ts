import { type ApiJson, toApiJson } from '../../core/api-json.ts';
import { isoInstant } from '../../core/iso-instant.ts';
import { causeToJson } from '../../core/language/cause-json.ts';
import type { Missed, MissedMonitor } from '../../core/summary/missed.ts';
import type { Summary } from '../../core/summary/summary.ts';
import type { MessageEvent } from '../message.ts';
import { MAX_NAME_LENGTH } from '../names.ts';
import type { RenderContext } from '../subjects.ts';

/** A summary has eight lists of MAX_LISTED; together with the envelope they stay under the bound of an event. */
const MAX_LIST_BYTES = 2_200;
/** The one list of "what is missed now". */
const MAX_MISSED_BYTES = 18_000;
const MAX_TEXT_LENGTH = 1_000;
const MAX_WORD_LENGTH = 200;

function bounded(text: string, limit: number): string {
  return text.slice(0, limit).toWellFormed();
}

function boundedTexts(value: ApiJson): ApiJson {
  if (typeof value === 'string') return bounded(value, MAX_WORD_LENGTH);
  if (Array.isArray(value)) return value.map(boundedTexts);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, boundedTexts(field ?? null)]));
}

/** The items from the first on, as long as they fit. */
function fitting(items: readonly ApiJson[], room: number): readonly ApiJson[] {
  const kept: ApiJson[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > room) break;
    kept.push(item);
  }
  return kept;
}

/** A summary as the API shows it, whole. */
export function summaryJson(summary: Summary): Readonly<Record<string, ApiJson>> {
  return toApiJson(summary) as Readonly<Record<string, ApiJson>>;
}

function boundedLists(value: ApiJson): ApiJson {
  if (Array.isArray(value)) return fitting(value.map(boundedTexts), MAX_LIST_BYTES);
  if (value === null || typeof value !== 'object') return boundedTexts(value);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, boundedLists(field ?? null)]));
}

/** The same for webhooks, under the bound of an event. */
export function summaryEvent(summary: Summary): MessageEvent {
  const data = boundedLists(summaryJson(summary)) as Readonly<Record<string, ApiJson>>;
  return { type: 'summary', timestamp: isoInstant(summary.to), data };
}

/** One missed monitor as API and webhooks show it; the words are in the team's language. */
export function missedMonitorJson(
  { id, name, incidentId, cause, openedAt }: MissedMonitor,
  { language, timezone, now }: Pick<RenderContext, 'language' | 'timezone' | 'now'>,
) {
  const { code, data, text } = causeToJson(cause, language, timezone, now);
  return { monitor: { id, name }, incident_id: incidentId, since: isoInstant(openedAt), cause: { code, data, text } };
}

export function missedEvent(missed: Missed, context: RenderContext): MessageEvent {
  const list = missed.first.map((one) => {
    const { monitor, cause, ...rest } = missedMonitorJson(one, { ...context, now: missed.at });
    return {
      ...rest,
      incident_id: bounded(rest.incident_id, MAX_WORD_LENGTH),
      monitor: { id: bounded(monitor.id, MAX_WORD_LENGTH), name: bounded(monitor.name, MAX_NAME_LENGTH) },
      cause: { code: cause.code, data: boundedTexts(cause.data), text: bounded(cause.text, MAX_TEXT_LENGTH) },
    };
  });
  const { new: fresh, up, down, paused } = missed.monitors;
  return {
    type: 'summary',
    timestamp: isoInstant(missed.at),
    data: {
      period: 'now',
      at: isoInstant(missed.at),
      monitors: { total: fresh + up + down + paused, new: fresh, up, down, paused },
      total: missed.total,
      missed: fitting(list, MAX_MISSED_BYTES),
    },
  };
}
