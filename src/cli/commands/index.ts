import type { Command } from '../command.ts';
import { channelCommands } from './channels.ts';
import { configCommand } from './config.ts';
import { databaseStop } from './database.ts';
import { discoverCommand } from './discover.ts';
import { monitorCommands } from './monitors.ts';
import { pingCommand } from './ping.ts';
import { siteCommands } from './sites.ts';
import { summaryCommand } from './summary.ts';
import { teamCommands } from './team.ts';
import { exportCommand, importCommand } from './transfer.ts';
import { userCommands } from './users.ts';

/** Every command but `serve`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  configCommand,
  ...monitorCommands,
  pingCommand,
  discoverCommand,
  ...channelCommands,
  ...userCommands,
  ...teamCommands,
  ...siteCommands,
  summaryCommand,
  exportCommand,
  importCommand,
  databaseStop,
];

/** The command that these words begin with. */
export function findCommand(args: readonly string[]): Command | undefined {
  return COMMANDS.find((command) => command.name.split(' ').every((word, index) => args[index] === word));
}
