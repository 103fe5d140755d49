import type { Command, CommandContext } from '../command.ts';
import { CommandError, EXIT, table } from '../output.ts';
import { shortInstant } from './monitor-facts.ts';

const PERIODS = ['now', 'day', 'week'];

interface MissedJson {
  readonly total: number;
  readonly monitors: { readonly total: number };
  readonly missed: readonly {
    readonly monitor: { readonly name: string };
    readonly incident_id: string;
    readonly since: string;
    readonly cause: { readonly text: string };
  }[];
}

interface SentJson {
  readonly deliveries: readonly {
    readonly channel: { readonly name: string };
    readonly state: string;
    readonly reason: string | null;
  }[];
}

function missedTable({ total, monitors, missed }: MissedJson): string {
  if (total === 0) return `nothing is missed now (${monitors.total} monitors)`;
  const rows = missed.map((one) => [shortInstant(one.since), one.monitor.name, one.cause.text]);
  const more = total - missed.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return [table(['down since', 'monitor', 'cause'], rows), ...rest].join('\n');
}

/** What became of one message, in words. */
function fate(state: string, reason: string | null): string {
  if (state === 'sent') return 'sent';
  if (state === 'failed' || state === 'cancelled') return reason === null ? state : `${state} (${reason})`;
  return state === 'retry' ? 'not taken yet, it is tried again' : 'on its way';
}

/** Answers an exit code; that there is no Slack is said by the server, as a refusal. */
async function sendToSlack({ client, output }: CommandContext): Promise<number> {
  const { deliveries } = (await client.call('POST', '/summaries/now/send?wait=10')) as SentJson;
  for (const { channel, state, reason } of deliveries) output.note(`Slack, ${channel.name}: ${fate(state, reason)}`);
  const isLost = deliveries.some(({ state }) => state === 'failed' || state === 'cancelled');
  return isLost ? EXIT.failed : EXIT.ok;
}

export const summaryCommand: Command = {
  name: 'summary',
  usage: '[--period now|day|week] [--verbose] [--json]',
  summary: 'what is missed now, or how the last day or week was',
  details: [
    '`--verbose` also sends what is missed now to Slack: to the team’s Slack channels, or, where it has none, to that of `SLACK_WEBHOOK_URL`. Where there is neither, that is said on standard error and the exit code is 1; it is 1 too when Slack refuses the message for good.',
    'That something is missed is no failure of the command: the exit code is 0 then. [Summaries](summaries.md) says how to get one every day or week without a cron line.',
  ],
  options: { json: { type: 'boolean' }, verbose: { type: 'boolean' }, period: { type: 'string' } },
  words: [0, 0],
  async run(args, context) {
    const period = args.option('period') ?? 'now';
    if (!PERIODS.includes(period)) {
      throw new CommandError(`--period is one of ${PERIODS.join(', ')}, not "${period}"`, EXIT.misused);
    }
    if (args.flag('verbose') && period !== 'now') {
      throw new CommandError('--verbose sends what is missed now: it does not go with --period', EXIT.misused);
    }
    const answer = (await context.client.call('GET', `/summary?period=${period}`)) as MissedJson & {
      readonly text: string;
    };
    if (args.flag('json')) context.output.line(JSON.stringify(answer, null, 2));
    else context.output.line(period === 'now' ? missedTable(answer) : answer.text);
    return args.flag('verbose') ? sendToSlack(context) : EXIT.ok;
  },
};
