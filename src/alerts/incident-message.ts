import type { Resolution } from '../core/cause.ts';
import { MINUTE_MS } from '../core/instant.ts';
import { texts } from '../core/language/catalogue.ts';
import { causeSentence, causeWords } from '../core/language/cause-sentence.ts';
import { formatDuration } from '../core/language/durations.ts';
import { resolutionSentence } from '../core/language/resolution-sentence.ts';
import type { LateReason } from '../core/language/texts.ts';
import { incidentEvent } from './events.ts';
import { closedFacts, downSpan, downtime, openedFacts } from './incident-facts.ts';
import type { Link, Message } from './message.ts';
import { channelKindName, displayName } from './names.ts';
import { outputEnd } from './plain-text.ts';
import { darkPart, litPart } from './site-message.ts';
import type { Delay, DigestEntry, IncidentFacts, MonitorRef, RenderContext, Subject } from './subjects.ts';

export const MAX_OUTPUT_LENGTH = 4_000;
/** A message that is late by less is told as if it were on time. */
const DELAY_WORTH_TELLING_MS = MINUTE_MS;

type AboutIncident = Extract<Subject, { type: `incident_${string}` }>;

function openedTitle(monitor: MonitorRef, { cause }: IncidentFacts, context: RenderContext): string {
  const { title } = texts(context.language);
  const words = causeWords(cause, context);
  const name = displayName(monitor.name, context.language);
  switch (cause.code) {
    case 'missed': {
      const { lastSuccessAt } = cause.data;
      return title.missed(name, lastSuccessAt === null ? null : words.moment(lastSuccessAt, 'never'));
    }
    case 'not_started':
      return title.notStarted(name, words.moment(cause.data.expectedAt, 'never'));
    case 'failed':
      return title.failed(name, cause.data.exitStatus, cause.data.failStreak);
    case 'overran':
      return title.overran(name, words.duration(cause.data.runningMs));
  }
}

/** An incident that is over but carries no word about how is taken as recovered. */
export function resolutionOf(incident: IncidentFacts): Resolution {
  return incident.resolution ?? 'recovered';
}

function closedTitle(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): string {
  const { title } = texts(context.language);
  const name = displayName(monitor.name, context.language);
  const resolution = resolutionOf(incident);
  return resolution === 'recovered' ? title.recovered(name, downtime(incident, context)) : title[resolution](name);
}

function reminderTitle(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): string {
  const name = displayName(monitor.name, context.language);
  return texts(context.language).title.stillDown(name, downtime(incident, context));
}

/** The headline of one change as a line among others; that of a gateway says what stands behind it. */
export function entryTitle({ kind, monitor, incident }: DigestEntry, context: RenderContext): string {
  const title = { opened: openedTitle, resolved: closedTitle, reminder: reminderTitle }[kind](
    monitor,
    incident,
    context,
  );
  if (incident.site === undefined) return title;
  const name = displayName(incident.site.name, context.language);
  return `${title} (${texts(context.language).fact.site(name, incident.site.monitors)})`;
}

function closedSentence(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): string {
  const { notice } = texts(context.language);
  const resolution = resolutionOf(incident);
  const words = resolutionSentence(
    {
      resolution,
      openedAt: incident.openedAt,
      resolvedAt: incident.resolvedAt ?? context.now,
      missedSlots: incident.missedSlots,
    },
    context.language,
  );
  const say = resolution === 'recovered' ? notice.recovered : notice.closed;
  return say(displayName(monitor.name, context.language), words);
}

function lateReason(reason: Delay['reason'], context: RenderContext): LateReason | null {
  if (reason === null || reason.type === 'site_dark') return reason;
  return { type: reason.type, service: channelKindName(reason.channelKind, context.language) };
}

/** Says honestly that a message comes late, and why (" Sent 7 min late: Telegram unavailable."). */
function lateNote(delay: Delay | undefined, context: RenderContext): string {
  if (delay === undefined || !(delay.ms >= DELAY_WORTH_TELLING_MS)) return '';
  const words = formatDuration(delay.ms, context.language);
  return ` ${texts(context.language).notice.late(words, lateReason(delay.reason, context))}`;
}

function incidentLinks(monitor: MonitorRef, incident: IncidentFacts, context: RenderContext): readonly Link[] {
  const { label } = texts(context.language);
  const toMonitor = { label: label.openMonitor, url: monitor.url };
  return incident.url === monitor.url ? [toMonitor] : [toMonitor, { label: label.openIncident, url: incident.url }];
}

function shared({ monitor, incident }: AboutIncident, context: RenderContext) {
  return {
    language: context.language,
    outputTail: incident.outputTail === null ? null : outputEnd(incident.outputTail, MAX_OUTPUT_LENGTH),
    links: incidentLinks(monitor, incident, context),
  };
}

export function openedMessage(subject: AboutIncident, context: RenderContext): Message {
  const { monitor, incident, delay } = subject;
  const cause = causeSentence(incident.cause, context);
  const name = displayName(monitor.name, context.language);
  const site = darkPart(incident, (entry) => entryTitle(entry, context), context);
  const sentence = texts(context.language).notice.opened(name, incident.cause.code, cause);
  return {
    ...shared(subject, context),
    tone: 'down',
    title: openedTitle(monitor, incident, context),
    sentence: sentence + lateNote(delay, context) + site.sentence,
    facts: [...openedFacts(monitor, incident, context), ...site.facts],
    lines: site.lines,
    events: [incidentEvent({ kind: 'opened', monitor, incident }, context)],
    thread: { key: incident.id, isOpening: true },
  };
}

export function resolvedMessage(subject: AboutIncident, context: RenderContext): Message {
  const { monitor, incident, delay } = subject;
  const site = litPart(incident, (entry) => entryTitle(entry, context), context);
  return {
    ...shared(subject, context),
    outputOf: incident.cause.code === 'failed' ? 'failed_run' : 'before',
    tone: isUp(incident) ? 'up' : 'info',
    title: closedTitle(monitor, incident, context),
    sentence: closedSentence(monitor, incident, context) + lateNote(delay, context) + site.sentence,
    facts: [...closedFacts(monitor, incident, context), ...site.facts],
    lines: site.lines,
    events: [incidentEvent({ kind: 'resolved', monitor, incident }, context)],
    thread: { key: incident.id, isOpening: false },
  };
}

/** Told before, and nobody took it on: the same facts, and how long it has lasted by now. */
export function reminderMessage(subject: AboutIncident, context: RenderContext): Message {
  const { monitor, incident } = subject;
  const { notice } = texts(context.language);
  const name = displayName(monitor.name, context.language);
  const cause = causeSentence(incident.cause, context);
  return {
    ...openedMessage(subject, context),
    title: reminderTitle(monitor, incident, context),
    sentence: notice.stillDown(name, downtime(incident, context), cause),
    events: [incidentEvent({ kind: 'reminder', monitor, incident }, context)],
    thread: { key: incident.id, isOpening: false },
  };
}

/** Its job is well, as opposed to: nobody looks any more. */
export function isUp(incident: IncidentFacts): boolean {
  const resolution = resolutionOf(incident);
  return resolution === 'recovered' || resolution === 'withdrawn';
}

/**
 * Down and over before the opening went out: one message for people, both events in their order for machines (the
 * first shows the monitor as it was then).
 */
export function mergedMessage(subject: AboutIncident, context: RenderContext): Message {
  const { monitor, incident, delay } = subject;
  const text = texts(context.language);
  const name = displayName(monitor.name, context.language);
  const { zone } = causeWords(incident.cause, context);
  const when = downSpan(incident, context);
  const wasDown = resolutionOf(incident) !== 'withdrawn';
  const story = wasDown
    ? text.notice.merged(
        name,
        text.moment.inZone(when, zone),
        downtime(incident, context),
        causeSentence(incident.cause, context),
      )
    : closedSentence(monitor, incident, context);
  const site = litPart(incident, (entry) => entryTitle(entry, context), context);
  return {
    ...resolvedMessage(subject, context),
    title: wasDown ? text.title.merged(name, when, isUp(incident)) : closedTitle(monitor, incident, context),
    sentence: story + lateNote(delay, context) + site.sentence,
    events: [
      incidentEvent({ kind: 'opened', monitor, incident }, context, 'down'),
      incidentEvent({ kind: 'resolved', monitor, incident }, context),
    ],
    thread: null,
  };
}
