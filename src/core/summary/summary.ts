import type { Gap } from '../cause.ts';
import { DAY_MS, type Instant, SECOND_MS } from '../instant.ts';
import type { Status } from '../monitor.ts';
import type { ChannelFacts, MonitorFacts, Period } from './facts.ts';
import { lengthWithin, scoreMonitor } from './score.ts';

/** Each list of a summary names this many; a person reads no further. */
export const MAX_LISTED = 5;
/** A monitor that nobody ever called is worth a word after this. */
export const NEVER_HEARD_AFTER_MS = DAY_MS;
/** One incident is no noise. */
export const NOISY_FROM = 2;
/** "It grows" wants so many good runs in the period and before it, so much more time, and at least a second of it. */
export const MIN_RUNS = 3;
export const MIN_USUAL_RUNS = 5;
export const MIN_GROWTH = 1.2;
const MIN_GROWTH_MS = SECOND_MS;

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface ListedIncident extends Named {
  readonly incidentId: string;
  /** The part of it that lies in the period. */
  readonly lastedMs: number;
  readonly isOpen: boolean;
}

export interface ListedDuration extends Named {
  readonly medianMs: number;
  readonly runs: number;
}

export interface ListedGrowth extends ListedDuration {
  /** The median of the four weeks before. */
  readonly usualMs: number;
}

export interface ListedChannel extends Named {
  readonly kind: string;
  readonly state: 'ok' | 'broken';
  readonly sent: number;
  readonly failed: number;
}

/** The first MAX_LISTED of a kind, and how many there are in all. */
export interface Listed<Item> {
  readonly total: number;
  readonly first: readonly Item[];
}

/** How a team's monitors did in a period. Plain data: it is kept as JSON with its notices. */
export interface Summary extends Period {
  readonly period: 'day' | 'week';
  /** How they are now. */
  readonly monitors: Readonly<Record<Status, number>> & { readonly total: number };
  /** `ratio` is good / all, null when nothing was due. */
  readonly success: { readonly good: number; readonly all: number; readonly ratio: number | null };
  readonly uptime: { readonly upMs: number; readonly downMs: number; readonly ratio: number | null };
  readonly incidents: {
    readonly total: number;
    readonly open: number;
    readonly lastedMs: number;
    readonly longest: readonly ListedIncident[];
  };
  readonly slowest: readonly ListedDuration[];
  readonly growing: readonly ListedGrowth[];
  readonly neverHeard: Listed<Named & { readonly createdAt: Instant }>;
  readonly noisy: readonly (Named & { readonly incidents: number })[];
  readonly failingChannels: Listed<ListedChannel>;
  readonly unusedChannels: Listed<ListedChannel>;
}

/** Takes monitors one after the other, so that ten thousand of them need no room. */
export interface Tally {
  add(monitor: MonitorFacts): void;
  finish(channels: readonly ChannelFacts[]): Summary;
}

/** Keeps the MAX_LISTED largest; of equals those that came first. */
function keepLargest<Item>(list: Item[], item: Item, size: (item: Item) => number): void {
  const place = list.findIndex((other) => size(other) < size(item));
  if (place < 0 && list.length >= MAX_LISTED) return;
  list.splice(place < 0 ? list.length : place, 0, item);
  list.length = Math.min(list.length, MAX_LISTED);
}

function growthOf({ id, name, durations, usual }: MonitorFacts): ListedGrowth | null {
  const { medianMs, runs } = durations;
  const usualMs = usual.medianMs;
  if (medianMs === null || usualMs === null || runs < MIN_RUNS || usual.runs < MIN_USUAL_RUNS) return null;
  const isWorthTelling = medianMs - usualMs >= MIN_GROWTH_MS && medianMs >= usualMs * MIN_GROWTH;
  return isWorthTelling ? { id, name, medianMs, runs, usualMs } : null;
}

const ratioOf = (part: number, whole: number) => (whole > 0 ? part / whole : null);

function listChannels(channels: readonly ChannelFacts[]): Listed<ListedChannel> {
  return {
    total: channels.length,
    first: channels.slice(0, MAX_LISTED).map(({ isUsed: _, ...channel }) => channel),
  };
}

/** A summary in the making. `gaps`: the times of the period in which we could not see. */
export function createTally(name: Summary['period'], period: Period, gaps: readonly Gap[]): Tally {
  const monitors = { total: 0, new: 0, up: 0, down: 0, paused: 0 };
  const sums = { good: 0, all: 0, upMs: 0, downMs: 0, incidents: 0, open: 0, incidentMs: 0, neverHeard: 0 };
  const longest: ListedIncident[] = [];
  const slowest: ListedDuration[] = [];
  const growing: ListedGrowth[] = [];
  const silent: (Named & { createdAt: Instant })[] = [];
  const noisy: (Named & { incidents: number })[] = [];

  function addIncidents({ id, name: monitor, incidents }: MonitorFacts): void {
    for (const incident of incidents) {
      const isOpen = incident.resolvedAt === null;
      const lastedMs = lengthWithin(incident, period);
      if (isOpen) sums.open += 1;
      keepLargest(longest, { id, name: monitor, incidentId: incident.id, lastedMs, isOpen }, (item) => item.lastedMs);
    }
    if (incidents.length >= NOISY_FROM) {
      keepLargest(noisy, { id, name: monitor, incidents: incidents.length }, (item) => item.incidents);
    }
  }

  function addDurations(monitor: MonitorFacts): void {
    const { id, name: job, durations } = monitor;
    if (durations.medianMs !== null) {
      keepLargest(
        slowest,
        { id, name: job, medianMs: durations.medianMs, runs: durations.runs },
        (item) => item.medianMs,
      );
    }
    const growth = growthOf(monitor);
    if (growth !== null) keepLargest(growing, growth, (item) => item.medianMs / Math.max(1, item.usualMs));
  }

  return {
    add(monitor) {
      const score = scoreMonitor(monitor, period, gaps);
      monitors.total += 1;
      monitors[monitor.status] += 1;
      for (const key of ['good', 'all', 'upMs', 'downMs', 'incidents', 'incidentMs'] as const) sums[key] += score[key];
      addIncidents(monitor);
      addDurations(monitor);
      if (monitor.isHeard || monitor.status === 'paused' || monitor.createdAt > period.to - NEVER_HEARD_AFTER_MS)
        return;
      sums.neverHeard += 1;
      keepLargest(
        silent,
        { id: monitor.id, name: monitor.name, createdAt: monitor.createdAt },
        (item) => -item.createdAt,
      );
    },
    finish(channels) {
      const { good, all, upMs, downMs } = sums;
      return {
        period: name,
        ...period,
        monitors,
        success: { good, all, ratio: ratioOf(good, all) },
        uptime: { upMs, downMs, ratio: ratioOf(upMs, upMs + downMs) },
        incidents: { total: sums.incidents, open: sums.open, lastedMs: sums.incidentMs, longest },
        slowest,
        growing,
        neverHeard: { total: sums.neverHeard, first: silent },
        noisy,
        failingChannels: listChannels(channels.filter(({ state, failed }) => state === 'broken' || failed > 0)),
        unusedChannels: listChannels(channels.filter(({ state, isUsed }) => state === 'ok' && !isUsed)),
      };
    },
  };
}

/** Nothing went wrong, nothing is wrong, and nothing needs somebody's hand. */
export function isCalm({ monitors, success, incidents, neverHeard, failingChannels }: Summary): boolean {
  const troubles = [
    monitors.down,
    success.all - success.good,
    incidents.total,
    neverHeard.total,
    failingChannels.total,
  ];
  return troubles.every((count) => !(count > 0));
}
