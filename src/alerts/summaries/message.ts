import { texts } from '../../core/language/catalogue.ts';
import { causeSentence } from '../../core/language/cause-sentence.ts';
import { formatDuration } from '../../core/language/durations.ts';
import { knownZone, moment, span } from '../../core/language/moments.ts';
import { formatGrowth, formatShare } from '../../core/language/percent.ts';
import type { Missed } from '../../core/summary/missed.ts';
import { isCalm, type ListedChannel, type Summary } from '../../core/summary/summary.ts';
import type { Message } from '../message.ts';
import { channelKindName, displayName } from '../names.ts';
import type { RenderContext } from '../subjects.ts';
import { missedEvent, summaryEvent } from './events.ts';

type Story = Omit<Message, 'links'>;

const NOTHING_MORE = { outputTail: null, thread: null } as const;

function periodWords(
  { from, to }: Summary,
  { timezone, now }: RenderContext,
  language: RenderContext['language'],
): string {
  const words = texts(language).moment;
  const zone = knownZone(timezone);
  return words.inZone(words.span(span(from, to, zone, now)), zone);
}

/** The numbers as fragments, each also the value of a fact. */
function numbers({ success, uptime, incidents, monitors }: Summary, { language }: RenderContext) {
  const words = texts(language).summary;
  const share = success.ratio === null ? null : formatShare(success.ratio, language);
  return {
    share,
    success: share === null ? words.nothingDue : words.success(success.good, success.all, share),
    incidents: words.incidents(incidents.total, formatDuration(incidents.lastedMs, language)),
    uptimeShare: uptime.ratio === null ? null : formatShare(uptime.ratio, language),
    monitors: words.monitors(monitors),
  };
}

function calledChannel({ name, kind }: ListedChannel, { language }: RenderContext): string {
  return `${displayName(name, language)} (${channelKindName(kind, language)})`;
}

function failingLines({ failingChannels }: Summary, context: RenderContext): string[] {
  const { line } = texts(context.language).summary;
  const more = failingChannels.total - failingChannels.first.length;
  return [
    ...failingChannels.first.map((channel) =>
      channel.state === 'broken'
        ? line.channelBroken(calledChannel(channel, context))
        : line.channelFails(calledChannel(channel, context), channel.failed, channel.sent + channel.failed),
    ),
    ...(more > 0 ? [line.moreChannelsFail(more)] : []),
  ];
}

function silentLines({ neverHeard }: Summary, { language, timezone, now }: RenderContext): string[] {
  const { summary, moment: words } = texts(language);
  const more = neverHeard.total - neverHeard.first.length;
  return [
    ...neverHeard.first.map(({ name, createdAt }) =>
      summary.line.neverHeard(displayName(name, language), words.bare(moment(createdAt, timezone, now, 'never'))),
    ),
    ...(more > 0 ? [summary.line.moreNeverHeard(more)] : []),
  ];
}

/** What is worth a look, the worst first; everything that goes well is in the numbers. */
function linesOf(summary: Summary, context: RenderContext): string[] {
  const { language } = context;
  const { line } = texts(language).summary;
  const name = (given: string) => displayName(given, language);
  const duration = (ms: number) => formatDuration(ms, language);
  return [
    ...summary.incidents.longest.map((one) => line.incident(name(one.name), duration(one.lastedMs), one.isOpen)),
    ...summary.noisy.map((one) => line.noisy(name(one.name), one.incidents)),
    ...failingLines(summary, context),
    ...silentLines(summary, context),
    ...summary.growing.map((one) =>
      line.growing(
        name(one.name),
        duration(one.medianMs),
        duration(one.usualMs),
        formatGrowth(one.medianMs, one.usualMs, language),
      ),
    ),
    ...summary.slowest.map((one) => line.slowest(name(one.name), duration(one.medianMs), one.runs)),
    ...summary.unusedChannels.first.map((channel) => line.channelUnused(calledChannel(channel, context))),
  ];
}

/** A summary in words: the numbers as one sentence, once more as facts, and a line for each thing worth a look. */
export function summaryMessage(summary: Summary, context: RenderContext): Story {
  const { language } = context;
  const words = texts(language).summary;
  const calm = isCalm(summary);
  const told = numbers(summary, context);
  const uptime = told.uptimeShare === null ? null : words.uptime(told.uptimeShare);
  const when = periodWords(summary, context, language);
  return {
    ...NOTHING_MORE,
    language,
    tone: calm ? 'up' : summary.monitors.down > 0 ? 'warning' : 'info',
    title: words.title({
      period: summary.period,
      isCalm: calm,
      success: told.share,
      incidents: summary.incidents.total,
      down: summary.monitors.down,
    }),
    sentence: words.sentence({ isCalm: calm, when, success: told.success, incidents: told.incidents, uptime }),
    facts: [
      { label: words.label.success, value: told.success },
      { label: words.label.incidents, value: told.incidents },
      ...(told.uptimeShare === null ? [] : [{ label: words.label.uptime, value: told.uptimeShare }]),
      { label: words.label.monitors, value: told.monitors },
    ],
    lines: linesOf(summary, context),
    events: [summaryEvent(summary)],
  };
}

/** What is missed now, in words; `lines` are those at hand, `missed.total` may be more. */
export function missedMessage(missed: Missed, context: RenderContext): Story {
  const { language } = context;
  const words = texts(language).summary;
  const all = Object.values(missed.monitors).reduce((sum, count) => sum + count, 0);
  return {
    ...NOTHING_MORE,
    language,
    tone: missed.total > 0 ? 'down' : 'up',
    title: words.missed.title(missed.total),
    sentence: words.missed.sentence(missed.total, Math.max(all, missed.total)),
    facts: [],
    lines: missed.first.map(({ name, cause }) =>
      words.missed.line(displayName(name, language), causeSentence(cause, context)),
    ),
    events: [missedEvent(missed, context)],
  };
}
