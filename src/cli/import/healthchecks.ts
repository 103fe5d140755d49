import { z } from 'zod';
import { healthchecksOriginKey } from '../../core/origin.ts';
import { slugFault } from '../../core/ping-names.ts';
import { CommandError, EXIT } from '../output.ts';
import {
  type ForeignJob,
  type ForeignPage,
  type ForeignSource,
  fitDescription,
  fitName,
  fitTags,
  instantText,
  type UnreadableJob,
} from './job.ts';
import type { SourceGet } from './source-http.ts';

/** Older installs know fewer versions; the fields that we need are in each. */
const VERSIONS = ['v3', 'v2', 'v1'] as const;

const text = z.string().default('');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A check as the management API shows it to a read-write key. */
const checkSchema = z.object({
  uuid: z.string().regex(UUID),
  name: text,
  slug: text,
  tags: text,
  desc: text,
  grace: z.int(),
  timeout: z.int().optional(),
  schedule: z.string().optional(),
  tz: z.string().optional(),
  status: z.string(),
  started: z.boolean().default(false),
  last_ping: z.string().nullable().default(null),
  last_duration: z.number().optional(),
  manual_resume: z.boolean().default(false),
  methods: text,
  channels: text,
  start_kw: text,
  success_kw: text,
  failure_kw: text,
  subject: text,
  subject_fail: text,
  ping_url: text,
});
export type HealthchecksCheck = z.output<typeof checkSchema>;

const listSchema = z.object({ checks: z.array(z.unknown()) });
const channelsSchema = z.object({
  channels: z.array(z.object({ id: z.string(), name: text, kind: z.string() })),
});
type Channel = z.output<typeof channelsSchema>['channels'][number];

function scheduleOf({ schedule, timeout, tz }: HealthchecksCheck): Record<string, unknown> {
  if (schedule === undefined) return { type: 'period', seconds: timeout };
  const words = schedule.trim().split(/\s+/);
  // As the original tells them apart: five words on one line are cron, anything else is OnCalendar.
  const type = words.length === 5 && !schedule.trim().includes('\n') ? 'cron' : 'oncalendar';
  return { type, expression: schedule, ...(tz === undefined ? {} : { timezone: tz }) };
}

/** It reports its starts: it runs now, or its last run had one. */
function seesStarts(check: HealthchecksCheck): boolean {
  return check.started || check.status === 'started' || check.last_duration !== undefined;
}

const isCalledByName = ({ ping_url: url, uuid }: HealthchecksCheck) =>
  url !== '' && !url.toLowerCase().includes(uuid.toLowerCase());

function channelWords(check: HealthchecksCheck, channels: ReadonlyMap<string, Channel>): string[] {
  return check.channels
    .split(',')
    .filter((id) => id !== '')
    .map((id) => {
      const channel = channels.get(id);
      return channel === undefined ? 'an integration' : `its ${channel.kind} integration${quoted(channel.name)}`;
    });
}

const quoted = (name: string) => (name === '' ? '' : ` "${name}"`);

function lostOf(check: HealthchecksCheck, channels: ReadonlyMap<string, Channel>): string[] {
  const keywords = [check.start_kw, check.success_kw, check.failure_kw, check.subject, check.subject_fail];
  return [
    ...channelWords(check, channels),
    ...(keywords.some((word) => word !== '') ? ['its keyword filters'] : []),
    ...(check.methods === '' ? [] : [`that only ${check.methods} counts`]),
    ...(isCalledByName(check) ? ['its ping URL by name (the one by UUID works)'] : []),
  ];
}

/** One check as a monitor: its UUID stays its ping key, so that its URLs survive. */
export function translateCheck(check: HealthchecksCheck, channels: ReadonlyMap<string, Channel>): ForeignJob {
  const description = fitDescription(check.desc);
  const tags = fitTags(check.tags.split(/\s+/));
  const slug = check.slug === '' ? null : slugFault(check.slug) === null ? check.slug : null;
  const slugLost = check.slug !== '' && slug === null ? [`its slug "${check.slug}"`] : [];
  const limits = seesStarts(check)
    ? { kind: 'process', start_grace_seconds: check.grace, max_run_seconds: check.grace }
    : { kind: 'heartbeat', grace_seconds: check.grace };
  const heardAt = check.last_ping === null ? null : instantText(Date.parse(check.last_ping));
  return {
    external_key: healthchecksOriginKey(check.uuid),
    monitor: {
      ...limits,
      name: fitName(check.name, check.slug === '' ? `check ${check.uuid.slice(0, 8)}` : check.slug),
      key: check.uuid.toLowerCase(),
      slug,
      description: description.value,
      tags: tags.value,
      schedule: scheduleOf(check),
    },
    last_heard_at: heardAt,
    was_up: ['up', 'grace', 'started'].includes(check.status),
    paused: check.status === 'paused' ? (check.manual_resume ? 'by_hand' : 'until_success') : null,
    lost: [...lostOf(check, channels), ...description.lost, ...tags.lost, ...slugLost],
  };
}

/** Reads one row of the list; a sentence about what is wrong with it when it is no check. */
export function readCheck(row: unknown): HealthchecksCheck | UnreadableJob {
  const result = checkSchema.safeParse(row);
  if (result.success) return result.data;
  const name = z.object({ name: z.string() }).safeParse(row);
  const [issue] = result.error.issues;
  const reason = `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'cannot be read'}`;
  return { name: name.success ? name.data.name : 'a check', reason };
}

interface Listed {
  readonly version: (typeof VERSIONS)[number];
  readonly rows: readonly unknown[];
}

async function listChecks(get: SourceGet, headers: Readonly<Record<string, string>>): Promise<Listed> {
  for (const version of VERSIONS) {
    const answer = await get(`/api/${version}/checks/`, headers);
    if (answer === null) continue;
    const list = listSchema.safeParse(answer);
    if (!list.success) break;
    return { version, rows: list.data.checks };
  }
  throw new CommandError('there is no management API of Healthchecks at this address');
}

/** The original shows a read-only key neither UUIDs nor ping URLs. */
function refuseReadOnly(rows: readonly unknown[]): void {
  const isBlind = (row: unknown) => typeof row === 'object' && row !== null && 'unique_key' in row && !('uuid' in row);
  if (!rows.some(isBlind)) return;
  throw new CommandError(
    'this is a read-only key, which does not see ping URLs; take the read-write key of the project',
    EXIT.forbidden,
  );
}

function channelRemark(channels: ReadonlyMap<string, Channel>): string[] {
  if (channels.size === 0) return [];
  const names = [...channels.values()].map(({ kind, name }) => `${kind}${quoted(name)}`);
  const shown = names.slice(0, 20).join(', ');
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  return [
    `Its API does not tell the addresses of integrations: make these channels here with \`allswell channel add\`: ${shown}${more}.`,
  ];
}

/** A project of Healthchecks, by its read-write key. `base` may be the address of the site or of its API. */
export function openHealthchecks(base: URL, key: string, open: (base: URL) => SourceGet): ForeignSource {
  base.pathname = base.pathname.replace(/\/api\/v\d+(\/.*)?$/, '').replace(/\/+$/, '');
  const get = open(base);
  const headers = { 'X-Api-Key': key };
  const channels = new Map<string, Channel>();
  const byName: string[] = [];

  async function* pages(): AsyncGenerator<ForeignPage> {
    const { version, rows } = await listChecks(get, headers);
    refuseReadOnly(rows);
    const answer = channelsSchema.safeParse(await get(`/api/${version}/channels/`, headers));
    for (const channel of answer.success ? answer.data.channels : []) channels.set(channel.id, channel);
    const read = rows.map(readCheck);
    const checks = read.flatMap((one) => ('reason' in one ? [] : [one]));
    for (const check of checks) if (isCalledByName(check)) byName.push(check.slug);
    yield {
      jobs: checks.map((check) => translateCheck(check, channels)),
      unreadable: read.flatMap((one) => ('reason' in one ? [one] : [])),
      total: rows.length,
    };
  }

  return {
    description: `Healthchecks at ${base.host}`,
    pages,
    async remarks() {
      return [
        ...channelRemark(channels),
        ...(byName.length === 0
          ? []
          : [
              `${byName.length} of them are called by name (…/PROJECT KEY/SLUG); here the team's own ping key stands in front of the slug, \`allswell monitor show\` has the URL by key.`,
            ]),
        'Not carried over: pings and outages of the past, badges, members of the project, and e-mail addresses that jobs write to.',
      ];
    },
  };
}
