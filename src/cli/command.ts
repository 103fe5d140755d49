import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.ts';
import { type Client, createClient } from './client.ts';
import { loadEnvironment } from './environment.ts';
import { CommandError, EXIT, type Output, terminal } from './output.ts';

export interface CommandContext {
  readonly config: Config;
  readonly client: Client;
  readonly output: Output;
}

export interface Arguments {
  readonly positionals: readonly string[];
  readonly flag: (name: string) => boolean;
  readonly option: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
}

/** One command: its words, how it is called, and what it does. Answers an exit code; nothing means well. */
export interface Command {
  /** As typed: `monitor add`. */
  readonly name: string;
  /** What follows the name: `NAME (--period 5m | --cron EXPRESSION)`. */
  readonly usage: string;
  readonly summary: string;
  /** Further paragraphs for docs/cli.md. */
  readonly details?: readonly string[];
  readonly options?: ParseArgsOptionsConfig;
  /** How many words are taken, at the least and at the most. */
  readonly words: readonly [number, number];
  run(args: Arguments, context: CommandContext): Promise<number | undefined>;
}

/** Takes the arguments apart by the command's own table; a CommandError says what does not belong. */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const parsed = (() => {
    try {
      return parseArgs({ args: [...args], options: command.options ?? {}, allowPositionals: true, strict: true });
    } catch (error) {
      const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
      throw new CommandError(`${why}\nusage: allswell ${command.name} ${command.usage}`, EXIT.misused);
    }
  })();
  const [least, most] = command.words;
  if (parsed.positionals.length < least || parsed.positionals.length > most) {
    throw new CommandError(`usage: allswell ${command.name} ${command.usage}`, EXIT.misused);
  }
  const values: Readonly<Record<string, unknown>> = parsed.values;
  return {
    positionals: parsed.positionals,
    flag: (name) => values[name] === true,
    option: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    list: (name) => (Array.isArray(values[name]) ? values[name].filter((item) => typeof item === 'string') : []),
  };
}

/** Which one of several options that exclude each other was given, or undefined. */
export function oneOf(args: Arguments, ...names: readonly string[]): string | undefined {
  const given = names.filter((name) => args.flag(name) || args.option(name) !== undefined);
  if (given.length > 1) throw new CommandError(`--${given.join(' and --')} exclude each other`, EXIT.misused);
  return given[0];
}

export function readContext(): CommandContext {
  loadEnvironment(process.cwd());
  const result = readConfig(process.env, process.cwd());
  if (!result.ok) throw new CommandError(result.message, EXIT.misused);
  return { config: result.config, client: createClient(result.config, process.env), output: terminal };
}
