import type { WishedSchedule } from '../../src/core/timing.ts';
import type { Chance } from '../../src/platform/chance.ts';

/**
 * When something happens, as fields that need no parser. `follow`: real time; a repeated hour counts twice, a skipped
 * one not at all. `once`: skipped times move to the end of the gap. `once_or_never`: skipped times are dropped.
 */
export interface CalendarPlan {
  readonly type: 'calendar';
  readonly dialect: 'cron' | 'oncalendar';
  readonly rule: 'follow' | 'once' | 'once_or_never';
  readonly zone: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the month, or all. */
  readonly days: readonly number[] | null;
  /** 0 (Sunday) … 6, or all. */
  readonly weekdays: readonly number[] | null;
  /** The same as the product reads it. */
  readonly expression: string;
}

export interface PeriodPlan {
  readonly type: 'period';
  readonly seconds: number;
}

export type Plan = CalendarPlan | PeriodPlan;

/** Zones that change their clocks in all the ways there are, and some that never do. */
export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Africa/Cairo',
  'America/St_Johns',
  'America/Santiago',
  'Atlantic/Azores',
  'Europe/Dublin',
  'Asia/Tehran',
  'Asia/Jerusalem',
  'America/Havana',
  'Antarctica/Troll',
] as const;

export const ALL_HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const two = (value: number) => String(value).padStart(2, '0');
const every = (step: number, of: number) => Array.from({ length: Math.ceil(of / step) }, (_, index) => index * step);
const WEEKDAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

type Fields = Pick<CalendarPlan, 'zone' | 'minutes' | 'hours' | 'days' | 'weekdays'>;

function cron(fields: Fields, minute: string, hour: string): CalendarPlan {
  const isInterval = /[*]/.test(minute) || /[*]/.test(hour);
  const days = fields.days === null ? '*' : fields.days.join(',');
  const weekdays = fields.weekdays === null ? '*' : fields.weekdays.join(',');
  const expression = `${minute} ${hour} ${days} * ${weekdays}`;
  return { ...fields, type: 'calendar', dialect: 'cron', rule: isInterval ? 'follow' : 'once', expression };
}

function onCalendar(fields: Fields, time: string): CalendarPlan {
  const days = fields.days === null ? '*-*-*' : `*-*-${fields.days.join(',')}`;
  const weekdays = fields.weekdays === null ? '' : `${fields.weekdays.map((day) => WEEKDAY_NAMES[day]).join(',')} `;
  const expression = `${weekdays}${days} ${time}`;
  return { ...fields, type: 'calendar', dialect: 'oncalendar', rule: 'once_or_never', expression };
}

/** Where a story is at home: a zone that is about to change its clocks, and the local hour in which it does. */
export interface Home {
  readonly zone: string;
  readonly hour: number;
  /** The instant of the change. */
  readonly changesAt: number;
}

/** The first change of clocks in a zone that has some, after `from`. */
export function homeOf(chance: Chance, from: number): Home {
  for (;;) {
    const zone = chance.pick(ZONES);
    const change = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).getTimeZoneTransition('next');
    if (change === null || change.epochMilliseconds - from > 400 * 86_400_000) continue;
    // In spring the hour that is skipped, in autumn the one that came twice.
    const before = change.subtract({ nanoseconds: 1 });
    const isSpring = change.offsetNanoseconds > before.offsetNanoseconds;
    return { zone, hour: isSpring ? (before.hour + 1) % 24 : before.hour, changesAt: change.epochMilliseconds };
  }
}

/** At one time of the day; often in the hours in which clocks are changed. */
export function dailyPlan(chance: Chance, home: Home): CalendarPlan {
  const isHome = chance.is(0.45);
  const zone = isHome ? home.zone : chance.pick(ZONES);
  const hour = isHome ? home.hour : chance.is(0.3) ? chance.int(0, 4) : chance.int(0, 23);
  const minute = chance.pick([0, 0, 15, 30, 45, chance.int(0, 59)]);
  const weekdays = chance.is(0.15) ? [1, 2, 3, 4, 5] : null;
  const days = weekdays === null && chance.is(0.08) ? [1, 11, 21, 30] : null;
  const fields = { zone, minutes: [minute], hours: [hour], days, weekdays };
  if (chance.is(0.3)) return onCalendar(fields, `${two(hour)}:${two(minute)}:00`);
  return cron(fields, String(minute), String(hour));
}

/** Every hour, or a few times a day. */
export function hourlyPlan(chance: Chance): CalendarPlan {
  const zone = chance.pick(ZONES);
  const minute = chance.int(0, 59);
  const all = { zone, minutes: [minute], days: null, weekdays: null };
  if (chance.is(0.2)) {
    const hours = [1, 2, 3, 9, 15, 21];
    return cron({ ...all, hours }, String(minute), hours.join(','));
  }
  if (chance.is(0.2)) return onCalendar({ ...all, hours: ALL_HOURS }, `*:${two(minute)}:00`);
  if (chance.is(0.3)) return cron({ ...all, hours: every(2, 24) }, String(minute), '*/2');
  return cron({ ...all, hours: ALL_HOURS }, String(minute), '*');
}

/** Every few minutes. */
export function frequentPlan(chance: Chance): CalendarPlan {
  const step = chance.pick([5, 5, 10, 15]);
  const fields = { zone: chance.pick(ZONES), minutes: every(step, 60), hours: ALL_HOURS, days: null, weekdays: null };
  return chance.is(0.25) ? onCalendar(fields, `*:00/${two(step)}:00`) : cron(fields, `*/${step}`, '*');
}

/** As it is asked of the product. */
export function scheduleOfPlan(plan: Plan): WishedSchedule {
  if (plan.type === 'period') return { type: 'period', seconds: plan.seconds };
  return { type: plan.dialect, expression: plan.expression, timezone: plan.zone };
}
