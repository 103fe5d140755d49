import type { Command, CommandContext } from '../command.ts';
import { CommandError, EXIT, table } from '../output.ts';
import { addByLink } from './telegram-link.ts';

interface ChannelJson {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly broken_reason?: string | null;
}

async function listChannels({ client }: CommandContext): Promise<readonly ChannelJson[]> {
  return ((await client.call('GET', '/channels')) as { channels: readonly ChannelJson[] }).channels;
}

/** Options of `channel add` that become the channel's config, per kind. */
const CONFIG_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  webhook: ['url', 'secret'],
  slack: ['url'],
  discord: ['url'],
  email: ['to'],
  telegram: ['chat-id', 'thread-id'],
};

const list: Command = {
  name: 'channel list',
  usage: '[--json]',
  summary: 'where alarms go',
  words: [0, 0],
  options: { json: { type: 'boolean' } },
  async run(args, context) {
    const channels = await listChannels(context);
    const rows = channels.map((one) => [one.state, one.name, one.kind, one.id, one.broken_reason ?? '']);
    const text = args.flag('json')
      ? JSON.stringify(channels, null, 2)
      : table(['state', 'name', 'kind', 'id', 'reason'], rows);
    context.output.line(text);
    return EXIT.ok;
  },
};

const add: Command = {
  name: 'channel add',
  usage:
    'webhook --url URL [--secret SECRET] | slack|discord --url URL | email --to ADDRESS | telegram [--chat-id ID [--thread-id N]] [--name NAME] [--json]',
  summary: 'one more place for alarms; telegram without --chat-id prints links to open and waits',
  words: [1, 1],
  options: {
    json: { type: 'boolean' },
    name: { type: 'string' },
    url: { type: 'string' },
    secret: { type: 'string' },
    to: { type: 'string' },
    'chat-id': { type: 'string' },
    'thread-id': { type: 'string' },
  },
  async run(args, context) {
    const kind = args.positionals[0] ?? '';
    const known = CONFIG_OPTIONS[kind];
    if (known === undefined) {
      throw new CommandError(
        `"${kind}" is no kind of channel; there are ${Object.keys(CONFIG_OPTIONS).join(', ')}`,
        EXIT.misused,
      );
    }
    const config = Object.fromEntries(
      known.flatMap((option) => {
        const value = args.option(option);
        return value === undefined ? [] : [[option.replace('-', '_'), option === 'thread-id' ? Number(value) : value]];
      }),
    );
    if (kind === 'telegram' && config.chat_id === undefined) {
      if (config.thread_id !== undefined) throw new CommandError('--thread-id goes with --chat-id', EXIT.misused);
      return addByLink(args.option('name') ?? kind, args.flag('json'), context);
    }
    const channel = (await context.client.call('POST', '/channels', {
      kind,
      name: args.option('name') ?? kind,
      config,
    })) as ChannelJson & { readonly config: { readonly secret?: string } | null };
    if (args.flag('json')) {
      context.output.line(JSON.stringify(channel, null, 2));
      return EXIT.ok;
    }
    context.output.line(
      `"${channel.name}" (${channel.kind}) is ${channel.id}; try it: allswell channel test ${channel.id}`,
    );
    const made = args.option('secret') === undefined ? channel.config?.secret : undefined;
    if (made !== undefined) context.output.line(`its signing secret, shown this once: ${made}`);
    return EXIT.ok;
  },
};

const test: Command = {
  name: 'channel test',
  usage: 'ID|NAME [--json]',
  summary: 'send a message there now, the way alarms go',
  words: [1, 1],
  options: { json: { type: 'boolean' } },
  async run(args, context) {
    const word = args.positionals[0] ?? '';
    const channel = (await listChannels(context)).find((one) => one.id === word || one.name === word);
    if (channel === undefined) throw new CommandError(`there is no channel with the id or name "${word}"`);
    const delivery = (await context.client.call('POST', `/channels/${channel.id}/test?wait=10`)) as {
      readonly state: string;
      readonly attempts: readonly { readonly status: number | null; readonly answer: string; readonly code: string }[];
    };
    const last = delivery.attempts.at(-1);
    const answer = last === undefined ? '' : `: ${[last.status, last.answer || last.code].filter(Boolean).join(' ')}`;
    context.output.line(args.flag('json') ? JSON.stringify(delivery, null, 2) : `${delivery.state}${answer}`);
    return delivery.state === 'sent' ? EXIT.ok : EXIT.failed;
  },
};

export const channelCommands: readonly Command[] = [list, add, test];
