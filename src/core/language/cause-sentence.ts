import type { Cause, Gap } from '../cause.ts';
import { type Instant, SECOND_MS } from '../instant.ts';
import { texts } from './catalogue.ts';
import { formatDuration, formatSetting } from './durations.ts';
import type { Language } from './language.ts';
import { knownZone, moment, type Reader, type SecondsShown, span } from './moments.ts';
import type { BlindParts, Moment } from './texts.ts';

/** A sentence names at most this many blind times, the latest ones, and counts the rest. */
export const MAX_BLIND_TIMES_TOLD = 3;

/** The zone in which a cause is told: its schedule's, else the reader's. */
export function causeZone(cause: Cause, reader: Reader): string {
  return knownZone(cause.data.timezone ?? reader.timezone);
}

type OverranLimit = Extract<Cause, { code: 'overran' }>['data']['limit'];

/** A limit as it was set ("24 h"), or, where it was learned or moved by an edit, rounded ("51 min"). */
function formatLimit({ by, limitMs }: OverranLimit, language: Language): string {
  const isSetting = by === 'max_run' && limitMs % SECOND_MS === 0;
  return isSetting ? formatSetting(limitMs / SECOND_MS, language) : formatDuration(limitMs, language);
}

function blindParts(blind: readonly Gap[], zone: string, now: Instant): BlindParts | null {
  if (blind.length === 0) return null;
  const told = blind.slice(-MAX_BLIND_TIMES_TOLD);
  return { spans: told.map((gap) => span(gap.from, gap.to, zone, now)), more: blind.length - told.length };
}

/** The words of a cause's numbers, shared by its sentence, its headline and the facts of a notice. */
export interface CauseWords {
  readonly zone: string;
  readonly moment: (at: Instant, seconds: SecondsShown) => Moment;
  readonly duration: (ms: number) => string;
  readonly setting: (seconds: number) => string;
  readonly limit: (limit: OverranLimit) => string;
}

export function causeWords(cause: Cause, reader: Reader): CauseWords {
  const zone = causeZone(cause, reader);
  return {
    zone,
    moment: (at, seconds) => moment(at, zone, reader.now, seconds),
    duration: (ms) => formatDuration(ms, reader.language),
    setting: (seconds) => formatSetting(seconds, reader.language),
    limit: (limit) => formatLimit(limit, reader.language),
  };
}

/**
 * Why a monitor is down, as a fragment without a full stop: "expected 02:00 Europe/Moscow, grace 5 min, last success
 * yesterday 02:03:11". Times are told in the schedule's zone, or in the reader's where the schedule has none.
 */
export function causeSentence(cause: Cause, reader: Reader): string {
  const words = causeWords(cause, reader);
  const { data } = cause;
  const common = {
    zone: words.zone,
    lastSuccess: data.lastSuccessAt === null ? null : words.moment(data.lastSuccessAt, 'always'),
    blind: blindParts(data.blind, words.zone, reader.now),
  };
  const late = (ms: number | null) => (ms === null ? null : words.duration(ms));
  const sentences = texts(reader.language).cause;
  switch (cause.code) {
    case 'missed':
      return sentences.missed({
        ...common,
        expected: words.moment(cause.data.expectedAt, 'when_set'),
        grace: words.setting(cause.data.graceSeconds),
        foundLate: late(cause.data.foundLateMs),
      });
    case 'not_started':
      return sentences.notStarted({
        ...common,
        expected: words.moment(cause.data.expectedAt, 'when_set'),
        grace: words.setting(cause.data.startGraceSeconds),
        foundLate: late(cause.data.foundLateMs),
      });
    case 'failed':
      return sentences.failed({
        ...common,
        failed: words.moment(cause.data.failedAt, 'always'),
        exitStatus: cause.data.exitStatus,
        duration: late(cause.data.durationMs),
        streak: cause.data.failStreak,
      });
    case 'overran':
      return sentences.overran({
        ...common,
        started: words.moment(cause.data.startedAt, 'always'),
        running: words.duration(cause.data.runningMs),
        limit: words.limit(cause.data.limit),
        usual: cause.data.limit.by === 'learned' ? words.duration(cause.data.limit.usualMs) : null,
        foundLate: late(cause.data.foundLateMs),
      });
  }
}
