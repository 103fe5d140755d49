import { fromCrontab } from '../../core/schedule/cron.ts';
import { readSchedule } from '../../core/schedule/schedule.ts';
import type { CrontabForm, CrontabJob } from './crontab.ts';
import { parseCrontab } from './crontab.ts';
import type { Host } from './host.ts';
import { type Job, type JobState, START_GRACE_SECONDS } from './job.ts';
import { fingerprint, nameOfCommand, nameOfHint } from './names.ts';
import type { Tree } from './tree.ts';
import { DEFAULT_SHELL, isPosixShell, isWatched, MAX_COMMAND_BYTES, splitInput, unwrapCommand } from './wrap.ts';

/** A crontab of the host. `owner` is null where its lines name their users. */
export interface CrontabFile {
  readonly path: string;
  readonly form: CrontabForm;
  readonly owner: string | null;
  readonly text: string;
  /** Why cron does not read it, or we may not replace it; its lines are then left alone. */
  readonly reason: string | null;
}

/** Where the crons of Debian, SUSE, Red Hat and busybox keep the crontabs of users. */
const SPOOLS = ['/var/spool/cron/crontabs', '/var/spool/cron/tabs', '/var/spool/cron', '/etc/crontabs'];
const SYSTEM_FOLDER = '/etc/cron.d';
/** Names that no cron reads in cron.d. */
const LEFTOVER = /^\.|~$|^#|\.(rpmsave|rpmorig|rpmnew|cfsaved|swp|disabled|bak|orig|dpkg-[a-z]+)$/;
const RUN_PARTS = /\brun-parts\b[^;&|]*?(\/etc\/(?:cron\.\w+|periodic\/\w+))/;
const ONLY_WITHOUT_ANACRON = /^(test -x|\[ -x) \/usr\/sbin\/anacron( \])? *\|\|/;
const OWN_SETTING = /^ALLSWELL_/;
const LIST_AT_MOST = 8;

function fileAt(tree: Tree, path: string, form: CrontabForm, owner: string | null, why: string | null): CrontabFile[] {
  const text = tree.text(path);
  if (text === null) return [];
  const reason = why ?? (tree.readPlain(path) === null ? 'its file is a link or has several names' : null);
  return [{ path, form, owner, text, reason }];
}

/** Every crontab below the tree's root that may be read. */
export function findCrontabs(tree: Tree, host: Host): CrontabFile[] {
  const spools = SPOOLS.filter((folder) => tree.link(folder) === null);
  const ofUsers = spools.flatMap((folder) =>
    tree
      .list(folder)
      .filter((name) => !name.startsWith('.') && name !== 'cron.update')
      .flatMap((name) => fileAt(tree, `${folder}/${name}`, 'user', name, null)),
  );
  const inFolder = tree
    .list(SYSTEM_FOLDER)
    .filter((name) => !LEFTOVER.test(name))
    .flatMap((name) => {
      const isRead = !host.isDebianCron || /^[\w-]+$/.test(name);
      const reason = isRead ? null : 'cron reads no file with a dot in its name';
      return fileAt(tree, `${SYSTEM_FOLDER}/${name}`, 'system', null, reason);
    });
  return [...fileAt(tree, '/etc/crontab', 'system', null, null), ...inFolder, ...ofUsers];
}

/** The jobs of a crontab, in the order of its lines. */
export function jobsOfCrontab(file: CrontabFile, host: Host, tree: Tree): Job[] {
  const twins = new Map<string, number>();
  return parseCrontab(file.text, file.form).map((job) => {
    const user = job.user ?? file.owner ?? 'root';
    // What the line runs does not change by our wrapping it, so neither does its mark.
    const command = unwrapCommand(job.command)?.command ?? job.command;
    const identity = [file.path, user, job.schedule, command];
    const twin = twins.get(identity.join('\n')) ?? 0;
    twins.set(identity.join('\n'), twin + 1);
    const folder = RUN_PARTS.exec(command)?.[1];
    const name = job.hints.name === null ? folderName(folder) : nameOfHint(job.hints.name);
    return {
      source: 'crontab',
      path: file.path,
      line: job.index + 1,
      user,
      scheduleText: job.schedule,
      command,
      name: name || nameOfCommand(splitInput(command).text),
      mark: fingerprint([...identity, String(twin)]),
      startGraceSeconds: START_GRACE_SECONDS,
      notes: job.fault === null ? notesOf(job, host, folder === undefined ? [] : scriptsOf(tree, folder)) : [],
      state: stateOf(job, user, file, host, tree),
    };
  });
}

const folderName = (folder: string | undefined) => folder?.slice('/etc/'.length).replace('/', ' ') ?? null;

/** What run-parts would start in a folder. */
function scriptsOf(tree: Tree, folder: string): string[] {
  return tree.list(folder).filter((name) => /^[\w-]+$/.test(name));
}

const left = (reason: string): JobState => ({ is: 'left', reason });

function stateOf(job: CrontabJob, user: string, file: CrontabFile, host: Host, tree: Tree): JobState {
  const { command, environment } = job;
  const wrapped = unwrapCommand(command);
  if (wrapped !== null) return { is: 'watched', slug: wrapped.slug };
  if (job.fault !== null) return left(job.fault);
  if (file.reason !== null) return left(file.reason);
  if (job.hints.ignored) return left('a comment above it says so');
  const shell = environment.get('SHELL') || DEFAULT_SHELL;
  if (/\/allswell[^/]*$/.test(shell) || isWatched(command)) return { is: 'watched', slug: null };
  const reason = obstacle(job, shell, user, host) ?? anacronReason(command, tree);
  if (reason !== null) return left(reason);
  const timezone = (host.isDebianCron ? undefined : environment.get('CRON_TZ')) ?? host.timezone;
  const read = readSchedule({ type: 'cron', expression: job.schedule, timezone }, { fromCrontab: true });
  if (!read.ok) return left(read.error.message);
  const edit = { kind: 'line', path: file.path, index: job.index, head: job.head, command, shell } as const;
  return { is: 'open', edit, schedule: read.schedule.source };
}

function obstacle(job: CrontabJob, shell: string, user: string, host: Host): string | null {
  const own = [...job.environment.keys()].find((name) => OWN_SETTING.test(name));
  if (own !== undefined) return `its crontab sets ${own} by itself; wrap it by hand`;
  if (!isPosixShell(shell)) return `its shell ${shell} is none whose quotes we know`;
  if (!host.users.has(user)) return `there is no user ${user}`;
  if (job.command.length > MAX_COMMAND_BYTES) return 'its command is longer than cron takes';
  return null;
}

function anacronReason(command: string, tree: Tree): string | null {
  const isForAnacron = ONLY_WITHOUT_ANACRON.test(command) && tree.has('/usr/sbin/anacron');
  return isForAnacron ? 'anacron does this here, see /etc/anacrontab' : null;
}

function notesOf(job: CrontabJob, host: Host, scripts: readonly string[]): string[] {
  const { environment, schedule, command } = job;
  const notes: string[] = [];
  const meant = fromCrontab(schedule);
  if (meant !== schedule) notes.push(`cron asks for day of month and day of week both here: ${meant}`);
  if (splitInput(command).input !== '') notes.push('what follows the % stays its standard input');
  if (host.isDebianCron && environment.has('CRON_TZ')) {
    notes.push(`Debian's cron takes no notice of CRON_TZ; its times are in ${host.timezone}`);
  }
  if (environment.has('TZ')) notes.push('TZ is the zone of the job only, not of its schedule');
  const mail = environment.get('MAILTO');
  if (mail) notes.push(`cron goes on mailing what it prints to ${mail}`);
  if (scripts.length > 0) {
    const more = scripts.length > LIST_AT_MOST ? ` and ${scripts.length - LIST_AT_MOST} more` : '';
    notes.push(`runs ${scripts.slice(0, LIST_AT_MOST).join(', ')}${more}`);
  }
  return notes;
}
