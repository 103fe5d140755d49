import { type Arguments, type Command, type CommandContext, oneOf } from '../command.ts';
import { readDuration } from '../durations.ts';
import { CommandError, EXIT, table } from '../output.ts';
import { findSite } from './find-site.ts';
import { describe, type MonitorJson, shortInstant, statusWord } from './monitor-facts.ts';

interface ListJson {
  readonly monitors: readonly MonitorJson[];
  readonly next_cursor: string | null;
}

/** Pages of a list that are fetched at the most: 250 × 400 = 100,000 monitors. */
const MAX_PAGES = 400;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function listMonitors({ client }: CommandContext, filter: URLSearchParams): Promise<MonitorJson[]> {
  const monitors: MonitorJson[] = [];
  filter.set('limit', '250');
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = (await client.call('GET', `/monitors?${filter}`)) as ListJson;
    monitors.push(...answer.monitors);
    if (answer.next_cursor === null) break;
    filter.set('cursor', answer.next_cursor);
  }
  return monitors;
}

/** A monitor by its id, its slug or its exact name. */
export async function findMonitor(context: CommandContext, word: string): Promise<MonitorJson> {
  if (UUID.test(word)) return (await context.client.call('GET', `/monitors/${word}`)) as MonitorJson;
  const bySlug = /^[a-z0-9_-]+$/.test(word) ? await listMonitors(context, new URLSearchParams({ slug: word })) : [];
  const [found] = bySlug;
  if (found !== undefined) return found;
  const named = (await listMonitors(context, new URLSearchParams({ search: word }))).filter((one) => one.name === word);
  const [only, another] = named;
  if (only === undefined) throw new CommandError(`there is no monitor with the id, slug or name "${word}"`);
  if (another !== undefined) throw new CommandError(`several monitors are named "${word}"; give the id`);
  return only;
}

function show(context: CommandContext, args: Arguments, monitor: MonitorJson): void {
  context.output.line(args.flag('json') ? JSON.stringify(monitor, null, 2) : describe(monitor));
}

const json = { json: { type: 'boolean' } } as const;

const list: Command = {
  name: 'monitor list',
  usage: '[--status down] [--kind process] [--tag TAG]... [--site SITE] [--search TEXT] [--json]',
  summary: 'what is watched, and how it is',
  words: [0, 0],
  options: {
    ...json,
    status: { type: 'string' },
    kind: { type: 'string' },
    search: { type: 'string' },
    site: { type: 'string' },
    tag: { type: 'string', multiple: true },
  },
  async run(args, context) {
    const filter = new URLSearchParams();
    for (const name of ['status', 'kind', 'search']) {
      const value = args.option(name);
      if (value !== undefined) filter.set(name, value);
    }
    const site = args.option('site');
    if (site !== undefined) filter.set('site', (await findSite(context, site)).id);
    for (const tag of args.list('tag')) filter.append('tag', tag);
    const monitors = await listMonitors(context, filter);
    if (args.flag('json')) {
      context.output.line(JSON.stringify(monitors, null, 2));
    } else {
      const rows = monitors.map((monitor) => [
        statusWord(monitor),
        monitor.name,
        monitor.kind,
        monitor.schedule?.description ?? '-',
        shortInstant(monitor.last_signal_at),
        shortInstant(monitor.next_expected_at),
        monitor.id,
      ]);
      context.output.line(table(['status', 'name', 'kind', 'schedule', 'last signal', 'next expected', 'id'], rows));
    }
    return EXIT.ok;
  },
};

const showOne: Command = {
  name: 'monitor show',
  usage: 'ID|SLUG|NAME [--json]',
  summary: 'everything about one monitor',
  words: [1, 1],
  options: json,
  async run(args, context) {
    show(context, args, await findMonitor(context, args.positionals[0] ?? ''));
    return EXIT.ok;
  },
};

function scheduleOf(args: Arguments) {
  const type = oneOf(args, 'period', 'cron', 'oncalendar');
  const period = args.option('period');
  if (period !== undefined) return { type: 'period', seconds: readDuration(period, 'period') };
  const timezone = args.option('tz') === undefined ? {} : { timezone: args.option('tz') };
  return type === undefined ? undefined : { type, expression: args.option(type), ...timezone };
}

function newMonitor(args: Arguments): Record<string, unknown> {
  const seconds = (option: string) => {
    const value = args.option(option);
    return value === undefined ? undefined : readDuration(value, option);
  };
  const maxRun = args.option('max-run');
  const isProcess = args.flag('process');
  return {
    kind: isProcess ? 'process' : 'heartbeat',
    name: args.positionals[0],
    schedule: scheduleOf(args),
    ...(isProcess
      ? { start_grace_seconds: seconds('grace'), max_run_seconds: maxRun === 'none' ? null : seconds('max-run') }
      : { grace_seconds: seconds('grace') }),
    slug: args.option('slug'),
    description: args.option('description'),
    key: args.option('key'),
    tags: args.list('tag').length > 0 ? args.list('tag') : undefined,
  };
}

const add: Command = {
  name: 'monitor add',
  usage:
    'NAME (--period 5m | --cron EXPRESSION | --oncalendar EXPRESSION) [--tz ZONE] [--grace 10m] [--process [--max-run 2h]] [--slug SLUG] [--tag TAG]... [--site SITE] [--description TEXT] [--key KEY] [--json]',
  summary: 'watch one more job; prints the line to add to it',
  words: [1, 1],
  options: {
    ...json,
    period: { type: 'string' },
    cron: { type: 'string' },
    oncalendar: { type: 'string' },
    tz: { type: 'string' },
    grace: { type: 'string' },
    process: { type: 'boolean' },
    'max-run': { type: 'string' },
    slug: { type: 'string' },
    description: { type: 'string' },
    key: { type: 'string' },
    site: { type: 'string' },
    tag: { type: 'string', multiple: true },
  },
  async run(args, context) {
    const site = args.option('site');
    const behind = site === undefined ? {} : { site_id: (await findSite(context, site)).id };
    const monitor = (await context.client.call('POST', '/monitors', { ...newMonitor(args), ...behind })) as MonitorJson;
    show(context, args, monitor);
    if (args.flag('json')) return EXIT.ok;
    const curl = (url: string | undefined) => `  curl -fsS -m 10 --retry 5 -o /dev/null ${url}`;
    const lines =
      monitor.start_url === undefined
        ? ['Add this to the end of the job:', curl(monitor.ping_url)]
        : ['Put these before and after the job:', curl(monitor.start_url), curl(monitor.end_url)];
    context.output.line(['', ...lines].join('\n'));
    return EXIT.ok;
  },
};

function acting(verb: 'pause' | 'resume', summary: string): Command {
  return {
    name: `monitor ${verb}`,
    usage: verb === 'pause' ? 'ID|SLUG|NAME [--until INSTANT | --until-success] [--json]' : 'ID|SLUG|NAME [--json]',
    summary,
    words: [1, 1],
    options: verb === 'pause' ? { ...json, until: { type: 'string' }, 'until-success': { type: 'boolean' } } : json,
    async run(args, context) {
      const mode = oneOf(args, 'until', 'until-success')?.replace('-', '_');
      const { id } = await findMonitor(context, args.positionals[0] ?? '');
      const until = args.option('until');
      const body = mode === undefined ? undefined : { mode, ...(until === undefined ? {} : { until }) };
      show(context, args, (await context.client.call('POST', `/monitors/${id}/${verb}`, body)) as MonitorJson);
      return EXIT.ok;
    },
  };
}

const remove: Command = {
  name: 'monitor rm',
  usage: 'ID|SLUG|NAME',
  summary: 'stop watching; it can be restored for 30 days',
  words: [1, 1],
  async run(args, context) {
    const { id, name } = await findMonitor(context, args.positionals[0] ?? '');
    await context.client.call('DELETE', `/monitors/${id}`);
    context.output.line(
      `"${name}" is no longer watched; POST /api/v1/monitors/${id}/restore brings it back within 30 days`,
    );
    return EXIT.ok;
  },
};

export const monitorCommands: readonly Command[] = [
  list,
  showOne,
  add,
  acting('pause', 'watch it no more, for a while'),
  acting('resume', 'watch it again'),
  remove,
];
