import type { Status } from '../../monitor.ts';

export interface SummaryTitleParts {
  readonly period: 'day' | 'week';
  readonly isCalm: boolean;
  /** "99.2%"; null when nothing was due. */
  readonly success: string | null;
  readonly incidents: number;
  readonly down: number;
}

export interface SummarySentenceParts {
  readonly isCalm: boolean;
  /** "16 Nov 09:00 – today 09:00 UTC" */
  readonly when: string;
  readonly success: string;
  readonly incidents: string;
  readonly uptime: string | null;
}

/** What a summary says. Names come in cleaned, durations and shares as finished words. */
export interface SummaryTexts {
  readonly title: (parts: SummaryTitleParts) => string;
  readonly sentence: (parts: SummarySentenceParts) => string;
  /** Fragments of the sentence, and values of its facts. */
  readonly success: (good: number, all: number, share: string) => string;
  readonly nothingDue: string;
  readonly incidents: (count: number, duration: string) => string;
  readonly uptime: (share: string) => string;
  readonly monitors: (counts: Readonly<Record<Status, number>>) => string;

  readonly label: Readonly<Record<'success' | 'incidents' | 'uptime' | 'monitors', string>>;

  /** One thing worth a look each. */
  readonly line: {
    readonly incident: (name: string, duration: string, isOpen: boolean) => string;
    readonly slowest: (name: string, duration: string, runs: number) => string;
    readonly growing: (name: string, now: string, before: string, growth: string) => string;
    readonly neverHeard: (name: string, created: string) => string;
    readonly moreNeverHeard: (count: number) => string;
    readonly noisy: (name: string, incidents: number) => string;
    readonly channelBroken: (channel: string) => string;
    readonly channelFails: (channel: string, failed: number, all: number) => string;
    readonly moreChannelsFail: (count: number) => string;
    readonly channelUnused: (channel: string) => string;
  };

  /** What is missed at this moment. */
  readonly missed: {
    readonly title: (count: number) => string;
    readonly sentence: (count: number, all: number) => string;
    readonly line: (name: string, cause: string) => string;
  };
}
