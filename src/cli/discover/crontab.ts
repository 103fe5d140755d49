/*
 * Reading crontabs as Vixie's cron and its children do. Texts are latin1, one character for each byte: what is not
 * understood stays exactly what it was.
 */

/** `user`: five fields and a command. `system`: with the name of a user between them (/etc/crontab, /etc/cron.d). */
export type CrontabForm = 'user' | 'system';

/** What comments right above a line say of it. */
export interface Hints {
  /** `# Name: nightly backup`. */
  readonly name: string | null;
  /** `# allswell: ignore`. */
  readonly ignored: boolean;
}

/** One line that cron runs, or that looks as if it should. */
export interface CrontabJob {
  /** Of the line in the text, from 0. */
  readonly index: number;
  /** Everything before the command: fields, user and the blanks behind them. */
  readonly head: string;
  /** The five fields with one blank between them, or a word such as `@daily`. */
  readonly schedule: string;
  /** Null in a user's own crontab. */
  readonly user: string | null;
  /** To the end of the line, with whatever follows a `%`. */
  readonly command: string;
  /** The settings that stand above the line. */
  readonly environment: ReadonlyMap<string, string>;
  readonly hints: Hints;
  /** Why cron does not run it, or not as it is meant; null when all is well. */
  readonly fault: string | null;
}

const NO_HINTS: Hints = { name: null, ignored: false };
const BLANK = /^[ \t]*\r?$/;
const COMMENT = /^[ \t]*#/;
const NAME_HINT = /^[ \t]*#[ \t]*name:[ \t]*(.*?)[ \t\r]*$/i;
const IGNORE_HINT = /^[ \t]*#[ \t]*allswell:[ \t]*ignore\b/i;
const ENVIRONMENT = /^[ \t]*(?:"([^"]*)"|'([^']*)'|([^ \t="']+))[ \t]*=[ \t]*(.*?)[ \t]*$/;
const FIELDS = /^[ \t]*(@[^ \t]+|(?!@)(?:[^ \t]+[ \t]+){4}[^ \t]+)[ \t]+/;
const USER = /^([^ \t]+)[ \t]+/;

const MALFORMED = 'cron does not understand this line';
const WINDOWS_LINE =
  'it ends as lines of Windows do, and cron takes the carriage return as part of the command: write it anew';
const UNFINISHED = 'it is the last line and has no line end, so cron does not read it';

/** The lines of a crontab that are no comments, settings or blanks, in their order. */
export function parseCrontab(text: string, form: CrontabForm): CrontabJob[] {
  const lines = text.split('\n');
  const environment = new Map<string, string>();
  const jobs: CrontabJob[] = [];
  let hints = NO_HINTS;
  for (const [index, line] of lines.entries()) {
    if (COMMENT.test(line)) {
      hints = readHint(line, hints);
      continue;
    }
    const setting = ENVIRONMENT.exec(line);
    if (setting !== null) {
      environment.set(setting[1] ?? setting[2] ?? setting[3] ?? '', unquoted(setting[4] ?? ''));
    } else if (!BLANK.test(line)) {
      const fault = index === lines.length - 1 ? UNFINISHED : line.endsWith('\r') ? WINDOWS_LINE : null;
      jobs.push({ index, ...readLine(line, form, fault), environment: new Map(environment), hints });
    }
    hints = NO_HINTS;
  }
  return jobs;
}

function readHint(line: string, hints: Hints): Hints {
  if (IGNORE_HINT.test(line)) return { ...hints, ignored: true };
  const name = NAME_HINT.exec(line)?.[1];
  return name ? { ...hints, name } : hints;
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return quoted?.[2] ?? value;
}

function readLine(line: string, form: CrontabForm, fault: string | null) {
  const fields = FIELDS.exec(line);
  const afterFields = line.slice(fields?.[0].length ?? 0);
  const user = form === 'user' ? null : USER.exec(afterFields);
  const command = afterFields.slice(user?.[0].length ?? 0);
  if (fields === null || command === '' || (form === 'system' && user === null)) {
    return { head: '', schedule: '', user: null, command: line, fault: fault ?? MALFORMED };
  }
  return {
    head: line.slice(0, line.length - command.length),
    schedule: (fields[1] ?? '').split(/[ \t]+/).join(' '),
    user: user?.[1] ?? null,
    command,
    fault,
  };
}
