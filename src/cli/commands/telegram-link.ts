import { pause } from '../../platform/pause.ts';
import type { Client } from '../client.ts';
import type { CommandContext } from '../command.ts';
import { CommandError, EXIT } from '../output.ts';

/** How often the server is asked, and how often at the most: as long as a link works, and a little more. */
const LOOK_EVERY_MS = 2_000;
const MAX_LOOKS = 920;

interface NewLinkJson {
  readonly id: string;
  readonly bot: string;
  readonly private_url: string;
  readonly group_url: string;
  readonly code: string;
}

interface LinkJson {
  readonly status: 'waiting' | 'linked' | 'expired';
  readonly channel: { readonly id: string | null; readonly title: string; readonly chat_kind: string } | null;
}

/** A server that is restarted meanwhile, or away for a moment, does not end the waiting; the link is in its database. */
async function look(client: Client, id: string): Promise<LinkJson | null> {
  try {
    return (await client.call('GET', `/telegram-links/${id}`)) as LinkJson;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === EXIT.unreachable) return null;
    throw error;
  }
}

async function waitForChat(client: Client, id: string): Promise<NonNullable<LinkJson['channel']>> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const link = await look(client, id);
    if (link?.channel) return link.channel;
    if (link?.status === 'expired') break;
    await pause(LOOK_EVERY_MS);
  }
  throw new CommandError('nobody opened the link within 30 minutes; it no longer works');
}

/** `channel add telegram`: shows the links, waits until somebody opens one in Telegram, and says which chat it is. */
export async function addByLink(name: string, isJson: boolean, { client, output }: CommandContext): Promise<number> {
  const link = (await client.call('POST', '/telegram-links', { name })) as NewLinkJson;
  // What waits for a person goes past a pipe.
  output.note(
    [
      'Open one of these within 30 minutes, on a device that has Telegram:',
      `  for yourself   ${link.private_url}`,
      `  for a group    ${link.group_url}`,
      `  for a channel  make @${link.bot} an administrator of it, then post there: ${link.code}`,
      'Waiting; Ctrl-C ends only the waiting.',
    ].join('\n'),
  );
  const { id, title, chat_kind } = await waitForChat(client, link.id);
  const channel = { id, kind: 'telegram', name, title, chat_kind };
  const kind = chat_kind === 'private' ? 'the chat with' : `the ${chat_kind}`;
  output.line(
    isJson
      ? JSON.stringify(channel, null, 2)
      : `alarms go to ${kind} "${title}" now: "${name}" (telegram) is ${id}; try it: allswell channel test ${id}`,
  );
  return EXIT.ok;
}
