import type { Arguments, Command, CommandContext } from '../command.ts';
import { EXIT } from '../output.ts';

interface TeamJson {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly timezone: string;
  readonly ping_key?: string;
  readonly drop_in_url?: string | null;
}

function show(args: Arguments, { output }: CommandContext, team: TeamJson): number {
  if (args.flag('json')) {
    output.line(JSON.stringify(team, null, 2));
    return EXIT.ok;
  }
  output.line(`name          ${team.name}`);
  output.line(`language      ${team.language}`);
  output.line(`time zone     ${team.timezone}`);
  if (team.ping_key !== undefined) output.line(`ping key      ${team.ping_key}`);
  if (team.drop_in_url !== undefined)
    output.line(`drop-in base  ${team.drop_in_url ?? '(cannot be read: make a new one)'}`);
  return EXIT.ok;
}

const json = { json: { type: 'boolean' } } as const;

const read: Command = {
  name: 'team show',
  usage: '[--json]',
  summary: "the team of the key: its time zone, its ping key, its base for other systems' clients",
  words: [0, 0],
  options: json,
  async run(args, context) {
    return show(args, context, (await context.client.call('GET', '/team')) as TeamJson);
  },
};

const rotate: Command = {
  name: 'team rotate-drop-in',
  usage: '[--json]',
  summary: 'a new secret base for the clients of CronBox, CronSentry, Cronflow and gocron',
  details: ['Addresses under the old base are unknown at once; jobs and their histories stay.'],
  words: [0, 0],
  options: json,
  async run(args, context) {
    return show(args, context, (await context.client.call('POST', '/team/rotate-drop-in-secret')) as TeamJson);
  },
};

export const teamCommands: readonly Command[] = [read, rotate];
