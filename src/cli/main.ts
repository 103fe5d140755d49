import { type Command, readArguments, readContext } from './command.ts';
import { channelCommands } from './commands/channels.ts';
import { configCommand } from './commands/config.ts';
import { monitorCommands } from './commands/monitors.ts';
import { pingCommand } from './commands/ping.ts';
import { CommandError, EXIT, terminal } from './output.ts';

const commands: readonly Command[] = [configCommand, ...monitorCommands, pingCommand, ...channelCommands];

const SERVE_USAGE = '[--roles web,watch,deliver]';
const RUN_USAGE = 'MONITOR [options] -- COMMAND…';

function help(): string {
  const lines = [
    ['serve', SERVE_USAGE, 'run the server'] as const,
    // bin/allswell starts it without coming here: a job must not wait for the rest of the program.
    ['run', RUN_USAGE, 'run a job and report its start and its end; allswell run --help tells more'] as const,
    ...commands.map((c) => [c.name, c.usage, c.summary] as const),
  ];
  return [
    'allswell: the watchman for scheduled work',
    '',
    ...lines.flatMap(([name, usage, summary]) => [`  allswell ${name} ${usage}`.trimEnd(), `      ${summary}`]),
    '',
    'Settings come from the environment and from .env; see allswell config.',
    'Exit codes: 0 well, 1 the answer is no, 2 not understood, 3 no server answered, 4 not allowed.',
  ].join('\n');
}

function findCommand(args: readonly string[]): Command | undefined {
  return commands.find((command) => command.name.split(' ').every((word, index) => args[index] === word));
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'serve') {
    // The server is large; the other commands start without it, in somebody's crontab.
    const { serve } = await import('./serve.ts');
    return serve(args.slice(1));
  }
  if (args.length === 0 || args[0] === 'help' || args.includes('--help')) {
    terminal.line(help());
    return args.length === 0 ? EXIT.misused : EXIT.ok;
  }
  const command = findCommand(args);
  if (command === undefined)
    throw new CommandError(`"${args.join(' ')}" is no command; allswell help lists them`, EXIT.misused);
  const words = command.name.split(' ').length;
  return (await command.run(readArguments(command, args.slice(words)), readContext())) ?? EXIT.ok;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  terminal.note(`allswell: ${error.message}`);
  process.exitCode = error.exitCode;
}
