import type { Cause } from '../core/cause.ts';
import { texts } from '../core/language/catalogue.ts';
import { type CauseWords, causeSentence, causeWords } from '../core/language/cause-sentence.ts';
import { formatDuration } from '../core/language/durations.ts';
import { knownZone, moment, span } from '../core/language/moments.ts';
import type { Texts } from '../core/language/texts.ts';
import type { Fact } from './message.ts';
import { displayName } from './names.ts';
import { oneLine } from './plain-text.ts';
import type { IncidentFacts, MonitorRef, RenderContext } from './subjects.ts';

/** Tags in a notice: so many, each so long in UTF-16 units; the rest is counted. */
const MAX_TAGS = 10;
const MAX_TAG_LENGTH = 40;

/** How long the incident lasted, or has lasted so far, in words. */
export function downtime(incident: IncidentFacts, context: RenderContext): string {
  return formatDuration((incident.resolvedAt ?? context.now) - incident.openedAt, context.language);
}

/** From when to when it was down, in the cause's zone, without the zone's name: "12:01–12:09". */
export function downSpan(incident: IncidentFacts, context: RenderContext): string {
  const { zone } = causeWords(incident.cause, context);
  const words = texts(context.language).moment;
  return words.span(span(incident.openedAt, incident.resolvedAt ?? context.now, zone, context.now));
}

/** "02:05 Europe/Moscow", and the same in the team's zone where clocks there show something else. */
function openedWhen(incident: IncidentFacts, context: RenderContext): string {
  const words = texts(context.language).moment;
  const clock = (zone: string) => words.bare(moment(incident.openedAt, zone, context.now, 'when_set'));
  const own = causeWords(incident.cause, context).zone;
  const team = knownZone(context.timezone);
  const first = words.inZone(clock(own), own);
  return clock(own) === clock(team) ? first : `${first} = ${words.inZone(clock(team), team)}`;
}

function expected(cause: Cause, words: CauseWords, text: Texts): string | null {
  if (cause.code === 'failed') return null;
  if (cause.code === 'overran') {
    const { limit } = cause.data;
    return limit.by === 'learned'
      ? text.fact.usual(words.duration(limit.usualMs), words.limit(limit))
      : text.fact.limit(words.limit(limit));
  }
  const slot = text.moment.bare(words.moment(cause.data.expectedAt, 'when_set'));
  return cause.code === 'missed'
    ? text.fact.expected(slot, words.setting(cause.data.graceSeconds))
    : text.fact.expectedStart(slot, words.setting(cause.data.startGraceSeconds));
}

function lastGoodRun({ cause, lastGoodRun: run }: IncidentFacts, words: CauseWords, text: Texts): string {
  const endedAt = run?.endedAt ?? cause.data.lastSuccessAt;
  if (endedAt === null) return text.fact.neverYet;
  const when = text.moment.bare(words.moment(endedAt, 'always'));
  const durationMs = run?.durationMs ?? null;
  return durationMs === null ? when : text.fact.took(when, words.duration(durationMs));
}

/** How long the run has taken that the cause is about. */
function runLength({ cause }: IncidentFacts, words: CauseWords, text: Texts): Fact | null {
  if (cause.code === 'overran') return { label: text.label.runningFor, value: words.duration(cause.data.runningMs) };
  if (cause.code !== 'failed' || cause.data.durationMs === null) return null;
  return { label: text.label.took, value: words.duration(cause.data.durationMs) };
}

function tagList(tags: readonly string[], text: Texts): string | null {
  const shown = tags
    .slice(0, MAX_TAGS)
    .map((tag) => oneLine(tag, MAX_TAG_LENGTH))
    .filter((tag) => tag !== '');
  if (shown.length === 0) return null;
  const more = tags.length - MAX_TAGS;
  return more > 0 ? `${shown.join(', ')} ${text.andMore(more)}` : shown.join(', ');
}

function present(facts: readonly (Fact | null)[]): readonly Fact[] {
  return facts.filter((fact) => fact !== null);
}

function fact(label: string, value: string | null): Fact | null {
  return value === null ? null : { label, value };
}

/** The table of an opening: monitor, since when, what was expected, last good run, the run's length, tags. */
export function openedFacts(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): readonly Fact[] {
  const text = texts(context.language);
  const words = causeWords(incident.cause, context);
  return present([
    fact(text.label.monitor, displayName(monitor.name, context.language)),
    fact(text.label.since, openedWhen(incident, context)),
    fact(text.label.expected, expected(incident.cause, words, text)),
    fact(text.label.lastGoodRun, lastGoodRun(incident, words, text)),
    runLength(incident, words, text),
    fact(text.label.tags, tagList(monitor.tags, text)),
  ]);
}

/**
 * The table of an end: monitor, from when to when, how long, why, last good run before it, runs missed, tags. What was
 * withdrawn was never down: then nothing is said about a length.
 */
export function closedFacts(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): readonly Fact[] {
  const text = texts(context.language);
  const words = causeWords(incident.cause, context);
  const missed = incident.missedSlots;
  const wasDown = incident.resolution !== 'withdrawn';
  return present([
    fact(text.label.monitor, displayName(monitor.name, context.language)),
    fact(text.label.down, wasDown ? text.moment.inZone(downSpan(incident, context), words.zone) : null),
    fact(text.label.lasted, wasDown ? downtime(incident, context) : null),
    fact(text.label.cause, causeSentence(incident.cause, context)),
    fact(text.label.lastGoodRun, lastGoodRun(incident, words, text)),
    fact(text.label.missedRuns, wasDown && missed > 0 ? String(missed) : null),
    fact(text.label.tags, tagList(monitor.tags, text)),
  ]);
}
