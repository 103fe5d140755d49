import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import type { Language } from '../../core/language/language.ts';
import type { MonitorKind } from '../../core/monitor.ts';
import type { Role } from '../../core/roles.ts';
import type { WishedSchedule } from '../../core/timing.ts';
import { BAKERY } from './bakery.ts';
import { BOOKSHOP } from './bookshop.ts';
import { PLATFORM } from './platform.ts';

/** How long the story went on before the moment in which the demonstration begins. */
export const STORY_MS = 32 * DAY_MS;

/**
 * What goes wrong with a job for a while. Times are milliseconds before the moment in which the demonstration begins;
 * negative ones come after it. `dead`: it does not run. `failing`: it runs and fails. `hanging`: it begins and does not
 * end. `slow`: it takes `factor` times as long. `late`: it begins `delayMs` after its time.
 */
export type Trouble = { readonly from: number; readonly to: number } & (
  | { readonly how: 'dead' | 'hanging' }
  | { readonly how: 'failing'; readonly exit: number; readonly output: string }
  | { readonly how: 'slow'; readonly factor: number }
  | { readonly how: 'late'; readonly delayMs: number }
);

export interface JobStory {
  readonly kind: MonitorKind;
  readonly name: string;
  readonly slug?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly schedule: WishedSchedule;
  readonly graceSeconds?: number;
  readonly startGraceSeconds?: number;
  readonly maxRunSeconds?: number;
  readonly failAfter?: number;
  /** Of periods: so long before the beginning it ran for the last time. */
  readonly lastRanMs?: number;
  /** How long a run usually takes, and by what part of that it varies. */
  readonly takesMs?: number;
  readonly varies?: number;
  /** How much longer a run takes now than a month ago: 0.5 is half as much again. */
  readonly grows?: number;
  /** Watched only since then; the whole month when not given. */
  readonly sinceMs?: number;
  readonly agent: string;
  readonly address: string;
  /** What it prints when all went well. */
  readonly output?: string;
  readonly troubles?: readonly Trouble[];
  /** Name of the site that it stands behind. */
  readonly site?: string;
  /** Names of its channels; all of the team when not given. */
  readonly channels?: readonly string[];
  /** It was set up, and nothing was ever heard of it. */
  readonly neverRan?: boolean;
  /** Somebody paused it so long ago. */
  readonly pausedMs?: number;
}

export interface ChannelStory {
  readonly kind: 'webhook' | 'email' | 'slack' | 'telegram' | 'discord';
  readonly name: string;
  readonly config: unknown;
  readonly quiet?: { readonly from: string; readonly to: string };
  /** Its service answers so from then on. */
  readonly goneMs?: number;
  /** It serves only jobs that name it. */
  readonly onlyChosen?: boolean;
}

/** What somebody did about the incident that this job has at that time. */
export interface CareStory {
  readonly job: string;
  readonly agoMs: number;
  readonly person: string;
  readonly note: string;
  readonly snoozedForMs?: number;
}

export interface TeamStory {
  readonly name: string;
  readonly language: Language;
  readonly timezone: string;
  readonly reminderEverySeconds: number | null;
  readonly people: readonly { readonly person: string; readonly role: Role }[];
  readonly invited: readonly { readonly email: string; readonly role: Role; readonly agoMs: number }[];
  readonly channels: readonly ChannelStory[];
  /** Sites and the names of their gateways. */
  readonly sites: readonly { readonly name: string; readonly gateway: string }[];
  readonly jobs: readonly JobStory[];
  readonly care: readonly CareStory[];
  readonly maintenance: readonly MaintenanceStory[];
  readonly summaries: readonly { readonly kind: 'daily' | 'weekly'; readonly time: string }[];
  readonly statusPage: StatusPageStory;
  readonly keys: readonly { readonly name: string; readonly scope: 'read' | 'write'; readonly by: string }[];
}

export type MaintenanceStory = { readonly name: string; readonly tags: readonly string[]; readonly site?: string } & (
  | { readonly expression: string; readonly durationSeconds: number }
  | { readonly from: number; readonly to: number }
);

export interface StatusPageStory {
  readonly slug: string;
  readonly title: string;
  readonly intro: string;
  readonly groups: readonly {
    readonly title: string;
    readonly jobs: readonly { readonly job: string; readonly name: string | null }[];
    readonly tags: readonly string[];
  }[];
  readonly announcements: readonly { readonly title: string; readonly text: string; readonly agoMs: number }[];
}

/** Times in which this server took no pings. */
export const BLIND: readonly { readonly from: number; readonly to: number; readonly reason: string }[] = [
  {
    from: 11 * DAY_MS + 5 * HOUR_MS + 11 * MINUTE_MS,
    to: 11 * DAY_MS + 5 * HOUR_MS,
    reason: 'no node could take pings',
  },
];

export interface PersonStory {
  readonly name: string;
  readonly email: string;
}

/** The first of them is who signs in. */
export const PEOPLE: Readonly<Record<string, PersonStory>> = {
  anna: { name: 'Anna Weber', email: 'anna@example.com' },
  ben: { name: 'Ben Carter', email: 'ben@example.com' },
  priya: { name: 'Priya Nair', email: 'priya@example.com' },
  tom: { name: 'Tom Ellis', email: 'tom@example.com' },
  maria: { name: 'Мария Соколова', email: 'maria@example.com' },
  ilya: { name: 'Илья Громов', email: 'ilya@example.com' },
};

export const TEAMS: readonly TeamStory[] = [BOOKSHOP, PLATFORM, BAKERY];

export function personOf(key: string): PersonStory {
  const person = PEOPLE[key];
  if (person === undefined) throw new Error(`nobody in the story is called ${key}`);
  return person;
}
