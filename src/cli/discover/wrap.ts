/*
 * Putting the wrapper in front of a command of cron, and taking it away again, byte for byte. The shell that cron would
 * have started runs the very same text; what stands behind an unescaped % stays the standard input of the line.
 */

/** What is put in front of commands: words of plain letters, such as `/usr/local/bin/allswell.sh`. */
export interface Wrapping {
  readonly wrapper: string;
  readonly slug: string;
  /** The shell that cron runs the line with. */
  readonly shell: string;
}

export interface Unwrapped extends Wrapping {
  readonly command: string;
}

/** As Debian's cron: commands are cut off behind this many bytes. The smallest limit of the crons that we know. */
export const MAX_COMMAND_BYTES = 998;
export const DEFAULT_SHELL = '/bin/sh';
/** Shells that all read 'single quotes' alike. */
const POSIX_SHELL = /^\/[\w./+-]*\/(ba|da|a|k|mk|z)?sh$/;
const WORD = String.raw`\/[\w.\/+-]+`;
/** Paths that may stand in a crontab and in a unit file without quotes. */
const PLAIN_PATH = new RegExp(`^${WORD}$`);
const WRAPPED = new RegExp(
  `^((?:${WORD} )?${WORD}(?: run)?) ([a-z0-9_-]{1,100}) -- (${WORD}) -c '((?:[^']|'\\\\'')*)'(%[^]*)?$`,
);
const OUR_PROGRAM = /\/allswell(-run\.mjs|\.sh| run)$/;
const CALLS_US = /(^|[\s;&|(/'"])allswell(-run\.mjs|\.sh|[ \t]+(run|ping))([\s'"]|$)/;
const PING_URL = /\b(curl|wget)\b.*\/ping\/[A-Za-z0-9_-]{6,}/;

export const isPosixShell = (path: string): boolean => POSIX_SHELL.test(path);
export const isPlainPath = (path: string): boolean => PLAIN_PATH.test(path);

/** Where the command ends and its standard input begins: the first % that no backslash takes away. */
export function splitInput(command: string): { readonly text: string; readonly input: string } {
  for (let at = 0; at < command.length; at += 1) {
    if (command[at] === '\\') at += 1;
    else if (command[at] === '%') return { text: command.slice(0, at), input: command.slice(at) };
  }
  return { text: command, input: '' };
}

/** The command of a crontab line with the wrapper in front. */
export function wrapCommand(command: string, { wrapper, slug, shell }: Wrapping): string {
  const { text, input } = splitInput(command);
  return `${wrapper} ${slug} -- ${shell} -c '${text.replaceAll("'", `'\\''`)}'${input}`;
}

/** The command as it was before `wrapCommand`; null when it is none of ours. */
export function unwrapCommand(command: string): Unwrapped | null {
  const [, wrapper = '', slug = '', shell = '', quoted = '', input = ''] = WRAPPED.exec(command) ?? [];
  if (!OUR_PROGRAM.test(wrapper)) return null;
  return { wrapper, slug, shell, command: quoted.replaceAll(`'\\''`, "'") + input };
}

/** The command calls allswell by itself, in whatever form. */
export function isWatched(command: string): boolean {
  return CALLS_US.test(command) || PING_URL.test(command);
}
