import type { CauseCode } from '../cause.ts';
import type { Language } from './language.ts';
import type { SummaryTexts } from './summary/texts.ts';

/** A point in time, cut into what a person reads; made by moments.ts, put in order by each language. */
export interface Moment {
  readonly day:
    | { readonly type: 'today' | 'yesterday' | 'tomorrow' }
    /** `month` counts from 1; `year` is null within the reader's current year. */
    | { readonly type: 'date'; readonly dayOfMonth: number; readonly month: number; readonly year: number | null };
  /** "02:03" or "02:03:11", 24 hours. */
  readonly time: string;
}

/** A stretch of time; `isOneDay`: both ends lie on the same calendar day, which then is said once. */
export interface Span {
  readonly from: Moment;
  readonly to: Moment;
  readonly isOneDay: boolean;
}

/** Times in which we were blind: the ones to name, and how many more there were. */
export interface BlindParts {
  readonly spans: readonly Span[];
  readonly more: number;
}

/** What every cause tells, in pieces. Durations come as finished words ("5 min"). */
interface CommonCauseParts {
  readonly zone: string;
  readonly lastSuccess: Moment | null;
  /** Null: we watched throughout. */
  readonly blind: BlindParts | null;
}

export interface SlotCauseParts extends CommonCauseParts {
  readonly expected: Moment;
  readonly grace: string;
  /** How long after its deadline the silence was found; null: on time. */
  readonly foundLate: string | null;
}

export interface FailedCauseParts extends CommonCauseParts {
  readonly failed: Moment;
  readonly exitStatus: number | null;
  readonly duration: string | null;
  /** Consecutive fails; 1 is not worth a word. */
  readonly streak: number;
}

export interface OverranCauseParts extends CommonCauseParts {
  readonly started: Moment;
  readonly running: string;
  readonly limit: string;
  /** The usual length where the limit was learned; null where a person set it. */
  readonly usual: string | null;
  readonly foundLate: string | null;
}

export interface DownParts {
  /** How long it was down. */
  readonly duration: string;
  readonly missedRuns: number;
}

export interface RunParts {
  readonly duration: string | null;
  readonly exitStatus: number | null;
}

/** Why a message goes out late. `service`: the name of what did not take it ("Telegram"). */
export type LateReason =
  | { readonly type: 'unavailable' | 'rate_limited'; readonly service: string }
  | { readonly type: 'site_dark' };

export interface MailTexts {
  readonly title: string;
  readonly sentence: string;
  readonly button: string;
  readonly unasked: string;
}

/**
 * Every sentence that the program says to a person about its monitors, one implementation per language (en.ts, ru.ts).
 * The compiler keeps the languages complete. Fragments begin small and end without a full stop, `notice` are whole
 * sentences, `title` are headlines. Names come in cleaned and cut.
 */
export interface Texts {
  readonly language: Language;
  readonly unit: Readonly<Record<'millisecond' | 'second' | 'minute' | 'hour' | 'day', string>>;
  /** Stands for a name that has nothing visible in it. */
  readonly unnamed: string;
  /** "and 480 more" */
  readonly andMore: (count: number) => string;

  readonly moment: {
    /** "02:03:11", "yesterday 02:03:11" */
    readonly bare: (moment: Moment) => string;
    /** After a verb: "at 02:03:11", "yesterday at 02:03:11" */
    readonly at: (moment: Moment) => string;
    /** "14:02–14:20", "yesterday 23:50 – today 00:10" */
    readonly span: (span: Span) => string;
    /** "02:00 Europe/Moscow" */
    readonly inZone: (words: string, zone: string) => string;
  };

  /** Why it is down, as a fragment that also stands alone (the API's `cause.text`). */
  readonly cause: {
    readonly missed: (parts: SlotCauseParts) => string;
    readonly notStarted: (parts: SlotCauseParts) => string;
    readonly failed: (parts: FailedCauseParts) => string;
    readonly overran: (parts: OverranCauseParts) => string;
  };

  /** How it ended, as a fragment that also stands alone. */
  readonly resolution: {
    readonly recovered: (parts: DownParts) => string;
    readonly withdrawn: () => string;
    readonly paused: (parts: DownParts) => string;
    readonly deleted: (parts: DownParts) => string;
  };

  /** What became of a run, or of a slot that got none. */
  readonly run: {
    readonly open: (parts: RunParts) => string;
    readonly succeeded: (parts: RunParts) => string;
    readonly finishedLate: (parts: RunParts) => string;
    readonly failed: (parts: RunParts) => string;
    readonly timedOut: (parts: RunParts) => string;
    readonly abandoned: () => string;
    readonly unknown: () => string;
    readonly slotSkipped: () => string;
    readonly slotUnknown: () => string;
  };

  readonly title: {
    readonly missed: (name: string, lastSuccess: Moment | null) => string;
    readonly notStarted: (name: string, expected: Moment) => string;
    readonly failed: (name: string, exitStatus: number | null, streak: number) => string;
    readonly overran: (name: string, running: string) => string;
    /** Told before, and still down. */
    readonly stillDown: (name: string, duration: string) => string;
    readonly recovered: (name: string, duration: string) => string;
    readonly withdrawn: (name: string) => string;
    readonly paused: (name: string) => string;
    readonly deleted: (name: string) => string;
    /** Down and over before anybody could be told; `isUp`: it recovered by itself. */
    readonly merged: (name: string, span: string, isUp: boolean) => string;
    /** How many went down, came back, were closed by hand. */
    readonly digest: (down: number, up: number, closed: number) => string;
    /** When only part of the changes is at hand. */
    readonly digestTotal: (total: number) => string;
    readonly neverHeard: (name: string) => string;
    readonly neverHeardMany: (count: number) => string;
    readonly gap: (span: string, names: string | null) => string;
    readonly channelBroken: (channel: string) => string;
    readonly test: (channel: string) => string;
  };

  readonly notice: {
    /** What happened and the cause's own words. */
    readonly opened: (name: string, code: CauseCode, cause: string) => string;
    /** Told before, still down, and nobody took it on. */
    readonly stillDown: (name: string, duration: string, cause: string) => string;
    readonly recovered: (name: string, resolution: string) => string;
    /** For the other ends: withdrawn, paused, deleted. */
    readonly closed: (name: string, resolution: string) => string;
    /** `span` carries its zone already; so it does for `gap`. */
    readonly merged: (name: string, span: string, duration: string, cause: string) => string;
    readonly digest: (count: number) => string;
    /** The same after the quiet hours of a channel. */
    readonly digestQuiet: (count: number) => string;
    readonly neverHeard: (name: string, created: string) => string;
    readonly neverHeardMany: (count: number) => string;
    readonly gap: (span: string, duration: string, names: string | null) => string;
    readonly channelBroken: (channel: string, kind: string, reason: string) => string;
    readonly test: (channel: string) => string;
    readonly late: (delay: string, reason: LateReason | null) => string;
    /** Behind the notice of a gateway that is down: so many monitors behind it are held. */
    readonly siteDark: (site: string, monitors: number) => string;
    /** Behind the notice that it is back: what went down and came back meanwhile, and what is still silent. */
    readonly siteLit: (site: string, recovered: number, stillDown: number) => string;
  };

  readonly label: Readonly<
    Record<
      | 'monitor'
      | 'since'
      | 'down'
      | 'lasted'
      | 'cause'
      | 'expected'
      | 'lastGoodRun'
      | 'runningFor'
      | 'took'
      | 'missedRuns'
      | 'tags'
      | 'created'
      | 'blind'
      | 'notKnown'
      | 'site'
      | 'held'
      | 'channel'
      | 'reason'
      | 'openMonitor'
      | 'openIncident'
      | 'openDashboard',
      string
    >
  >;

  readonly fact: {
    readonly neverYet: string;
    readonly expected: (expected: string, grace: string) => string;
    readonly expectedStart: (expected: string, grace: string) => string;
    readonly limit: (limit: string) => string;
    readonly usual: (usual: string, limit: string) => string;
    readonly took: (moment: string, duration: string) => string;
    readonly monitors: (count: number) => string;
    /** The site of a gateway with the monitors behind it. */
    readonly site: (site: string, monitors: number) => string;
    readonly noReason: string;
  };

  readonly summary: SummaryTexts;

  /** Channel kinds that are not somebody's trade name. */
  readonly channelKind: Readonly<Record<'email' | 'webhook', string>>;

  /** What the bot answers in a chat that is being linked to a team. */
  readonly linking: {
    readonly linked: (team: string) => string;
    readonly alreadyLinked: (team: string) => string;
    readonly expired: string;
    readonly used: string;
    readonly unknown: string;
    /** Why a channel is broken whose chat the bot was thrown out of. */
    readonly botRemoved: string;
  };

  /** Mails about an account. `sentence` says what the button is for, `unasked` what to do when it was somebody else. */
  readonly mail: {
    readonly resetPassword: MailTexts;
    readonly confirmEmail: MailTexts;
    readonly signInLink: MailTexts;
    /** Somebody asked for a link to an account that also wants a code. */
    readonly signInLinkOff: MailTexts;
    /** Somebody signed up with an address that has an account. */
    readonly accountExists: MailTexts;
    readonly invitation: (team: string, by: string) => MailTexts;
  };

  readonly page: {
    readonly unsubscribe: {
      readonly title: string;
      readonly explanation: (address: string, team: string) => string;
      readonly button: string;
      readonly done: (address: string) => string;
      readonly unknownLink: string;
    };
    /** The one-time link of the first start. */
    readonly setup: {
      readonly title: string;
      readonly explanation: string;
      readonly name: string;
      readonly email: string;
      readonly password: (minLength: number) => string;
      readonly button: string;
      readonly refused: string;
      readonly done: string;
      /** Above the API key that is shown once. */
      readonly key: string;
      readonly usedLink: string;
    };
    /** The public page of a team. */
    readonly status: {
      readonly allWell: string;
      readonly someDown: (down: number, total: number) => string;
      /** Nothing is shown, or nothing is known yet. */
      readonly nothing: string;
      readonly open: string;
      /** "since 14:02" with its zone. */
      readonly downSince: (name: string, when: string) => string;
      readonly backAt: (name: string, when: string, duration: string) => string;
      readonly announcements: string;
      readonly word: Readonly<Record<'up' | 'down' | 'new' | 'paused', string>>;
      /** "99.98 % in 90 days" */
      readonly uptime: (share: string, days: number) => string;
      readonly bars: (days: number) => string;
      /** "12 Nov: down for 2 h 10 min" */
      readonly badDay: (day: string, duration: string) => string;
      /** The two ends of the bars. */
      readonly daysAgo: (days: number) => string;
      readonly today: string;
      readonly feed: string;
      readonly updated: (when: string) => string;
    };
    /** For what we could not do at this moment, whatever it was. */
    readonly notNow: { readonly title: string; readonly explanation: string };
    /** Where a link of a message leads: how to see the thing, for those who have a key. */
    readonly linked: {
      readonly monitorTitle: string;
      readonly incidentTitle: string;
      readonly explanation: string;
    };
  };
}
