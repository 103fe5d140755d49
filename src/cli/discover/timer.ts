/* What a systemd timer and its service mean for a monitor, and how the service is wrapped. Pure. */
import type { Schedule } from '../../core/schedule/types.ts';
import { readTimeSpan, settingOf, settingsOf, type UnitSettings } from './unit-file.ts';

/** Of a timer: what to expect, or why that cannot be said. */
export type TimerReading =
  | {
      readonly schedule: Schedule;
      readonly scheduleText: string;
      /** How much later than its schedule the timer may elapse. */
      readonly slackSeconds: number;
      readonly notes: readonly string[];
    }
  | { readonly scheduleText: string; readonly reason: string };

const DEFAULT_ACCURACY_SECONDS = 60;
const MONOTONIC = ['OnActiveSec', 'OnBootSec', 'OnStartupSec', 'OnUnitActiveSec', 'OnUnitInactiveSec'] as const;
const REPEATING = ['OnUnitActiveSec', 'OnUnitInactiveSec'] as const;

/** The schedule of a timer, in the host's zone unless it names one. */
export function readTimer(timer: UnitSettings, timezone: string): TimerReading {
  const calendars = settingsOf(timer, 'Timer', 'OnCalendar');
  const monotonic = MONOTONIC.flatMap((key) => settingsOf(timer, 'Timer', key).map((value) => ({ key, value })));
  const scheduleText = [...calendars, ...monotonic.map(({ key, value }) => `${key}=${value}`)].join('; ');
  const no = (reason: string): TimerReading => ({ scheduleText, reason });
  const [calendar] = calendars;
  const random = readTimeSpan(settingOf(timer, 'Timer', 'RandomizedDelaySec') ?? '0') ?? 0;
  const accuracy = readTimeSpan(settingOf(timer, 'Timer', 'AccuracySec') ?? '') ?? DEFAULT_ACCURACY_SECONDS;
  const slackSeconds = Math.ceil(random + accuracy);
  if (calendar !== undefined) {
    if (calendars.length > 1) return no('it has several OnCalendar lines, and a monitor has one schedule');
    if (monotonic.length > 0) return no('it has OnCalendar and other settings of time, and a monitor has one schedule');
    const schedule = { type: 'oncalendar', expression: calendar, timezone } as const;
    return { schedule, scheduleText, slackSeconds, notes: notesOf(timer, random) };
  }
  const repeating = monotonic.filter(({ key }) => REPEATING.some((name) => name === key));
  const [only] = repeating;
  if (only === undefined) return no('it runs once after the start of the machine, which is no time to expect');
  const seconds = readTimeSpan(only.value);
  if (repeating.length > 1 || seconds === null || seconds < 1) return no('its interval is not understood');
  return {
    schedule: { type: 'period', seconds: Math.round(seconds) },
    scheduleText,
    slackSeconds,
    notes: notesOf(timer, random),
  };
}

function notesOf(timer: UnitSettings, randomSeconds: number): string[] {
  const isPersistent = /^(1|yes|true|on)$/i.test(settingOf(timer, 'Timer', 'Persistent') ?? '');
  return [
    ...(randomSeconds > 0 ? [`starts up to ${randomSeconds} s late on purpose (RandomizedDelaySec)`] : []),
    ...(isPersistent ? ['is made up for after a time switched off (Persistent)'] : []),
  ];
}

/** How a service is run, or why it is left alone. */
export type ServiceReading =
  | { readonly user: string; readonly prefix: string; readonly command: string }
  | { readonly user: string; readonly command: string; readonly reason: string };

/** With these a process in the service could not report, or the job would lose what its unit promises. */
const IN_THE_WAY: readonly (readonly [string, RegExp])[] = [
  ['PrivateNetwork', /^(1|yes|true|on)$/i],
  ['DynamicUser', /^(1|yes|true|on)$/i],
  ['MemoryDenyWriteExecute', /^(1|yes|true|on)$/i],
  ['IPAddressDeny', /./],
  ['RestrictAddressFamilies', /./],
  ['SystemCallFilter', /./],
  ['RootDirectory', /./],
  ['RootImage', /./],
  ['NoExecPaths', /./],
  ['InaccessiblePaths', /./],
];

/** What a timer's service executes. Only services of one plain command can be wrapped. */
export function readService(service: UnitSettings): ServiceReading {
  const commands = settingsOf(service, 'Service', 'ExecStart');
  const [command = ''] = commands;
  const type = settingOf(service, 'Service', 'Type') ?? 'simple';
  const [, prefix = '', rest = ''] = /^([-:+!@|]*)[ \t]*(.*)$/.exec(command) ?? [];
  const user = prefix.includes('+') ? 'root' : (settingOf(service, 'Service', 'User') ?? 'root');
  const no = (reason: string): ServiceReading => ({ user, command: rest, reason });
  if (commands.length === 0) return no('its service has no ExecStart');
  if (commands.length > 1) return no('its service has several ExecStart lines');
  if (!['oneshot', 'simple', 'exec'].includes(type)) return no(`its service is of the type ${type}, not oneshot`);
  if (/[@!|]/.test(prefix)) return no(`its ExecStart begins with ${prefix}`);
  if (/ ; /.test(` ${rest} `)) return no('its ExecStart has several commands');
  if (!/^[\w./+-]+$/.test(rest.split(/\s/)[0] ?? '')) return no('the program in its ExecStart is not a plain path');
  const obstacle = IN_THE_WAY.find(([key, value]) => value.test(settingOf(service, 'Service', key) ?? ''));
  if (obstacle !== undefined) return no(`${obstacle[0]} of its service would keep reports from getting out`);
  return { user, prefix, command: rest };
}

const MARK = '# Written by `allswell discover`; `allswell discover --undo` takes it away.';

/** The drop-in that puts the wrapper in front of a service's command; everything else of the unit stays. */
export function dropInText({ prefix, command }: { readonly prefix: string; readonly command: string }, words: string) {
  return `${MARK}\n[Service]\nExecStart=\nExecStart=${prefix}${words} -- ${command}\n`;
}

/** The slug in a drop-in of ours; null when the text is not ours. */
export function slugOfDropIn(text: string): string | null {
  if (!text.startsWith(MARK)) return null;
  return /^ExecStart=[-:+]*[^\n]*? ([a-z0-9_-]{1,100}) -- /m.exec(text)?.[1] ?? null;
}
