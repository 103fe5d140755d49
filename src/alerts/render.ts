import { texts } from '../core/language/catalogue.ts';
import { formatDuration } from '../core/language/durations.ts';
import { knownZone, moment, span } from '../core/language/moments.ts';
import {
  channelBrokenEvent,
  digestEvent,
  gapEvent,
  neverHeardDigestEvent,
  neverHeardEvent,
  testEvent,
} from './events.ts';
import {
  entryTitle,
  isUp,
  mergedMessage,
  openedMessage,
  reminderMessage,
  resolvedMessage,
} from './incident-message.ts';
import { boundedLines, MAX_LINES } from './lines.ts';
import type { Link, Message } from './message.ts';
import { channelKindName, displayName, nameList } from './names.ts';
import { clip, oneLine } from './plain-text.ts';
import type { RenderContext, Subject } from './subjects.ts';
import { missedMessage, summaryMessage } from './summaries/message.ts';

/** Bounds of a message, in UTF-16 units; those of its lines are in lines.ts. */
export const MAX_TITLE_LENGTH = 200;
export const MAX_SENTENCE_LENGTH = 1_000;
export const MAX_FACT_LENGTH = 500;
/** A reason within a sentence. */
const MAX_REASON_LENGTH = 300;

type Of<Type extends Subject['type']> = Extract<Subject, { type: Type }>;

const NOTHING_MORE = { facts: [], lines: [], outputTail: null, thread: null } as const;

function dashboardLink(context: RenderContext): Link {
  return { label: texts(context.language).label.openDashboard, url: context.publicUrl };
}

function digestTitle({ entries, total }: Of<'digest'>, context: RenderContext): string {
  const { title } = texts(context.language);
  if (entries.length === 0 || total > entries.length) return title.digestTotal(total);
  const resolved = entries.filter((entry) => entry.kind === 'resolved');
  const up = resolved.filter((entry) => isUp(entry.incident)).length;
  return title.digest(entries.length - resolved.length, up, resolved.length - up);
}

function digestMessage(subject: Of<'digest'>, context: RenderContext): Message {
  const { entries } = subject;
  const { notice } = texts(context.language);
  const total = Math.max(subject.total, entries.length);
  // Each line costs some formatting: only those that are shown are made.
  const lines = entries.slice(0, MAX_LINES).map((entry) => entryTitle(entry, context));
  return {
    ...NOTHING_MORE,
    language: context.language,
    tone: entries.some((entry) => entry.kind !== 'resolved') ? 'down' : 'up',
    title: digestTitle(subject, context),
    sentence: subject.isAfterQuiet === true ? notice.digestQuiet(total) : notice.digest(total),
    lines: boundedLines(lines, total, context),
    links: [dashboardLink(context)],
    events: [digestEvent(subject, context)],
  };
}

function neverHeardMessage({ monitor, createdAt }: Of<'never_heard'>, context: RenderContext): Message {
  const { title, notice, label, moment: words } = texts(context.language);
  const zone = knownZone(context.timezone);
  const created = moment(createdAt, zone, context.now, 'never');
  const name = displayName(monitor.name, context.language);
  return {
    ...NOTHING_MORE,
    language: context.language,
    tone: 'warning',
    title: title.neverHeard(name),
    sentence: notice.neverHeard(name, words.inZone(words.at(created), zone)),
    facts: [
      { label: label.monitor, value: name },
      { label: label.created, value: words.inZone(words.bare(created), zone) },
    ],
    links: [{ label: label.openMonitor, url: monitor.url }],
    events: [neverHeardEvent(monitor, createdAt, context)],
  };
}

function neverHeardDigestMessage(subject: Of<'never_heard_digest'>, context: RenderContext): Message {
  const { title, notice } = texts(context.language);
  const total = Math.max(subject.total, subject.entries.length);
  const lines = subject.entries.slice(0, MAX_LINES).map(({ monitor }) => displayName(monitor.name, context.language));
  return {
    ...NOTHING_MORE,
    language: context.language,
    tone: 'warning',
    title: title.neverHeardMany(total),
    sentence: notice.neverHeardMany(total),
    lines: boundedLines(lines, total, context),
    links: [dashboardLink(context)],
    events: [neverHeardDigestEvent(subject, context)],
  };
}

function gapMessage(subject: Of<'gap'>, context: RenderContext): Message {
  const { language } = context;
  const { title, notice, label, fact, moment: words } = texts(language);
  const zone = knownZone(context.timezone);
  const when = words.span(span(subject.from, subject.to, zone, context.now));
  const total = Math.max(subject.total, subject.unknown.length);
  const names = subject.unknown.slice(0, MAX_LINES).map(({ name }) => name);
  const list = nameList(names, total, language);
  const duration = formatDuration(subject.to - subject.from, language);
  const lines = names.map((name) => displayName(name, language));
  return {
    ...NOTHING_MORE,
    language,
    tone: 'warning',
    title: title.gap(when, list),
    sentence: notice.gap(words.inZone(when, zone), duration, list),
    facts: [
      { label: label.blind, value: words.inZone(when, zone) },
      ...(total > 0 ? [{ label: label.notKnown, value: fact.monitors(total) }] : []),
    ],
    lines: boundedLines(lines, total, context),
    links: [dashboardLink(context)],
    events: [gapEvent(subject)],
  };
}

function channelBrokenMessage(subject: Of<'channel_broken'>, context: RenderContext): Message {
  const { language } = context;
  const { title, notice, label, fact } = texts(language);
  const name = displayName(subject.channelName, language);
  const kind = channelKindName(subject.channelKind, language);
  // The sentence brings its own full stop.
  const reason = oneLine(subject.reason, MAX_REASON_LENGTH).replace(/[.\s]+$/, '') || fact.noReason;
  return {
    ...NOTHING_MORE,
    language,
    tone: 'warning',
    title: title.channelBroken(name),
    sentence: notice.channelBroken(name, kind, reason),
    facts: [
      { label: label.channel, value: `${name} (${kind})` },
      { label: label.reason, value: reason },
    ],
    links: [dashboardLink(context)],
    events: [channelBrokenEvent(subject, context)],
  };
}

function testMessage({ channelName }: Of<'test'>, context: RenderContext): Message {
  const { title, notice } = texts(context.language);
  const name = displayName(channelName, context.language);
  return {
    ...NOTHING_MORE,
    language: context.language,
    tone: 'info',
    title: title.test(name),
    sentence: notice.test(name),
    links: [dashboardLink(context)],
    events: [testEvent(channelName, context)],
  };
}

function summaryStory({ summary }: Of<'summary'>, context: RenderContext): Message {
  const story = summaryMessage(summary, context);
  return { ...story, lines: boundedLines(story.lines, 0, context), links: [dashboardLink(context)] };
}

function missedStory({ missed }: Of<'missed_now'>, context: RenderContext): Message {
  const story = missedMessage({ ...missed, first: missed.first.slice(0, MAX_LINES) }, context);
  return { ...story, lines: boundedLines(story.lines, missed.total, context), links: [dashboardLink(context)] };
}

function messageOf(subject: Subject, context: RenderContext): Message {
  switch (subject.type) {
    case 'incident_opened':
      return openedMessage(subject, context);
    case 'incident_resolved':
      return resolvedMessage(subject, context);
    case 'incident_reminder':
      return reminderMessage(subject, context);
    case 'incident_merged':
      return mergedMessage(subject, context);
    case 'digest':
      return digestMessage(subject, context);
    case 'never_heard':
      return neverHeardMessage(subject, context);
    case 'never_heard_digest':
      return neverHeardDigestMessage(subject, context);
    case 'gap':
      return gapMessage(subject, context);
    case 'channel_broken':
      return channelBrokenMessage(subject, context);
    case 'summary':
      return summaryStory(subject, context);
    case 'missed_now':
      return missedStory(subject, context);
    case 'test':
      return testMessage(subject, context);
  }
}

/**
 * Puts a subject into words for people and into events for machines: the one place where that happens, so that every
 * channel says the same. Pure and total: it never throws, whatever names, zones and numbers old rows carry, and keeps
 * the bounds above.
 */
export function renderMessage(subject: Subject, context: RenderContext): Message {
  const message = messageOf(subject, context);
  return {
    ...message,
    title: clip(message.title, MAX_TITLE_LENGTH),
    sentence: clip(message.sentence, MAX_SENTENCE_LENGTH),
    facts: message.facts.map(({ label, value }) => ({ label, value: clip(value, MAX_FACT_LENGTH) })),
  };
}
