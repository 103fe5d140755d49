import { slugFault } from '../../core/ping-names.ts';
import { MAX_LIMIT_SECONDS } from '../../core/timing.ts';
import { findTeamByPingKey, type Team } from '../../store/teams.ts';
import { createMonitor, type NewMonitorWish, type Refused } from '../../watch/manage.ts';
import type { Services } from '../services.ts';
import type { CreateByPing } from './handler.ts';

/** What a monitor made by its first ping is when the URL does not say (RULES §6). */
const DEFAULT_PERIOD_SECONDS = 86_400;
const DEFAULT_GRACE_SECONDS = 3_600;
const MAX_NAME_CHARACTERS = 100;

class BadValue extends Error {}

function wholeNumber(
  query: URLSearchParams,
  name: string,
  [least, most]: readonly [number, number] = [0, MAX_LIMIT_SECONDS],
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= most) return seconds;
  throw new BadValue(`invalid ${name}: it must be a whole number of seconds from ${least} to ${most}`);
}

function refuse(query: URLSearchParams, kind: string, names: readonly string[]): void {
  const given = names.find((name) => query.has(name));
  if (given !== undefined) throw new BadValue(`invalid ${given}: it means nothing for kind=${kind}`);
}

function readSchedule(query: URLSearchParams, isHeartbeat: boolean): NewMonitorWish['schedule'] {
  const cron = query.get('cron');
  const period = wholeNumber(query, 'period', [1, MAX_LIMIT_SECONDS]);
  if (cron !== null && period !== undefined) throw new BadValue('invalid period: cron is given as well');
  const timezone = query.get('tz') ?? undefined;
  if (cron !== null) return { type: 'cron', expression: cron, ...(timezone === undefined ? {} : { timezone }) };
  if (timezone !== undefined) throw new BadValue('invalid tz: only cron has a time zone');
  if (period === undefined && !isHeartbeat) return null;
  return { type: 'period', seconds: period ?? DEFAULT_PERIOD_SECONDS };
}

function readName(query: URLSearchParams, slug: string): string {
  const name = (query.get('name') ?? slug).trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a name
  if (name === '' || name.length > MAX_NAME_CHARACTERS || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new BadValue(`invalid name: it must be 1 to ${MAX_NAME_CHARACTERS} characters on one line`);
  }
  return name;
}

function readWish(query: URLSearchParams, slug: string): NewMonitorWish {
  const fault = slugFault(slug);
  if (fault !== null) throw new BadValue(`invalid slug: it ${fault}`);
  const kind = query.get('kind') ?? 'heartbeat';
  const shared = { name: readName(query, slug), slug };
  if (kind === 'heartbeat') {
    refuse(query, kind, ['start_grace', 'max_run']);
    const schedule = readSchedule(query, true);
    return { ...shared, kind, schedule, graceSeconds: wholeNumber(query, 'grace') ?? DEFAULT_GRACE_SECONDS };
  }
  if (kind !== 'process') throw new BadValue('invalid kind: it must be heartbeat or process');
  refuse(query, kind, ['grace']);
  return {
    ...shared,
    kind,
    schedule: readSchedule(query, false),
    startGraceSeconds: wholeNumber(query, 'start_grace'),
    maxRunSeconds: wholeNumber(query, 'max_run', [1, MAX_LIMIT_SECONDS]),
  };
}

function sentenceOf(refused: Refused): string {
  if (refused.refused !== 'invalid') return `invalid slug: ${refused.refused}`;
  return refused.errors
    .map(({ field, message }) => (field === '' ? message : `invalid ${field.replace(/^.*\./, '')}: ${message}`))
    .join('; ');
}

/** `?create=1`: makes the monitor that a ping names, once, however many pings ask for it at the same time. */
export function createByPing(services: Services): CreateByPing {
  const make = async (team: Team, slug: string, query: URLSearchParams) => {
    const owner = { teamId: team.id, timezone: team.timezone };
    const made = await createMonitor(services, owner, readWish(query, slug));
    if ('monitor' in made) return { key: made.monitor.pingKey, created: true } as const;
    return made.refused === 'slug_taken' ? ('exists' as const) : { refused: sentenceOf(made) };
  };
  return async (name, query) => {
    const team = await findTeamByPingKey(services.database, name.teamKey);
    if (team === null) return 'unknown_team';
    try {
      return await make(team, name.slug, query);
    } catch (error) {
      if (error instanceof BadValue) return { refused: error.message };
      throw error;
    }
  };
}
