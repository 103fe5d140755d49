import { pluralEn } from '../../../../src/core/language/plurals.ts';
import type { BeatOutcome, CauseCode } from '../../api/types.ts';

const monitors = (count: number) => `${count} ${pluralEn(count, 'monitor', 'monitors')}`;

/** Words of the list of monitors and what is said of a monitor everywhere. */
export const en = {
  title: 'Monitors',
  monitors,
  new: 'New monitor',
  sentence: {
    wellStart: (count: number) => `All’s well: ${monitors(count)}, last signal`,
    wellNoSignal: (count: number) => `All’s well: ${monitors(count)}, no signal yet.`,
    onlyNew: (count: number) => `${monitors(count)}, waiting for the first signal.`,
    allPaused: (count: number) => `${monitors(count)}, all paused.`,
    lost: (since: string) => `Not known: the server has not been heard since ${since}.`,
    down: (count: number) => `${count} down`,
    late: (count: number) => `${count} late`,
    others: (count: number) => `and ${count} more`,
    blindNow: (since: string) => `We are blind since ${since}: signals of that time are not judged.`,
    blind: (from: string, to: string) => `We were blind ${from}–${to}: what was due then is not judged.`,
  },
  cause: {
    missed: 'missed',
    not_started: 'did not start',
    failed: 'failed',
    overran: 'still running',
  } satisfies Record<CauseCode, string> as Readonly<Record<CauseCode, string>>,
  outcome: {
    success: 'success',
    fail: 'failed',
    missed: 'missed',
    unknown: 'not known: we were blind',
    late: 'late, not there yet',
    running: 'running',
    paused: 'paused',
  } satisfies Record<BeatOutcome, string> as Readonly<Record<BeatOutcome, string>>,
  exit: (status: number) => `exit ${status}`,
  strip: (name: string, count: number, bad: number) =>
    count === 0
      ? `${name}: no results yet`
      : `${name}: last ${count} results, ${bad === 0 ? 'all good' : `${bad} bad`}`,
  row: {
    next: (distance: string) => `next in ${distance}`,
    dueNow: 'due now',
    lateBy: (distance: string) => `${distance} late`,
    downFor: (distance: string) => `down ${distance}`,
    running: 'running',
    neverHeard: 'never heard from',
    paused: 'paused',
    pausedUntil: (distance: string) => `paused for ${distance}`,
    pausedSuccess: 'paused until next success',
    byHand: 'by hand',
    usual: (length: string) => `usually ${length}`,
    brokenChannel: (name: string) => `Channel broken: ${name}`,
    noChannel: 'Nobody would be told: no channel is chosen',
    select: (name: string) => `Select ${name}`,
  },
  head: {
    name: 'Name',
    strip: 'Last results',
    next: 'Next',
    last: 'Last run',
  },
  filter: {
    more: 'Kind, tag and order',
    search: 'Name, tag or description',
    status: 'Status',
    kind: 'Kind',
    tag: 'Tag',
    site: 'Site',
    any: 'any',
    sort: 'Sort',
    sorts: { status: 'Down first', name: 'By name', next: 'Next expected', last: 'Last heard from' },
    clear: 'Clear the filters',
    nothing: 'No monitor is like that.',
    nothingText: 'The filters leave nothing over.',
    shown: (shown: number, all: number) => `${shown} of ${monitors(all)}`,
  },
  bulk: {
    selected: (count: number) => `${count} selected`,
    all: 'Select all shown',
    none: 'Select none',
    pause: 'Pause',
    resume: 'Resume',
    tag: 'Tag',
    untag: 'Remove a tag',
    delete: 'Delete',
    paused: (count: number) => `${monitors(count)} paused.`,
    resumed: (count: number) => `${monitors(count)} resumed.`,
    tagged: (count: number, tag: string) => `“${tag}” added to ${monitors(count)}.`,
    untagged: (count: number, tag: string) => `“${tag}” taken from ${monitors(count)}.`,
    deleted: (count: number) => `${monitors(count)} deleted. They can be restored for 30 days.`,
    tagField: 'Tag',
    tagHelp: 'At most 50 characters. It is added to those that do not have it.',
    untagHelp: 'It is taken from those that have it.',
  },
  paused: (name: string) => `${name} is paused.`,
  resumed: (name: string) => `${name} is resumed.`,
  noChannels: {
    text: 'Nobody would be told: there is no channel yet.',
    action: 'Add a channel',
  },
  brokenChannels: (count: number) =>
    `${count} ${pluralEn(count, 'channel is', 'channels are')} broken: alerts do not arrive there.`,
  showChannels: 'Look at the channels',
  empty: {
    title: 'Nothing is watched yet',
    text: 'Here will be every job that should run by itself: backups, reports, syncs. A job calls a URL when it is done; when the call does not come, you are told. It takes a minute.',
    action: 'Make the first monitor',
    steps: [
      'Name the job and say when it runs.',
      'Add one line to it: a call of its URL.',
      'See the first call arrive here.',
    ],
    discover: 'Or let allswell find the cron jobs of a host:',
  },
};

export type MonitorWords = typeof en;
