import { DAY_MS, SECOND_MS } from '../../core/instant.ts';
import { type AnacronJob, parseAnacrontab } from './anacrontab.ts';
import type { Host } from './host.ts';
import type { Job, JobState } from './job.ts';
import { fingerprint } from './names.ts';
import type { Tree } from './tree.ts';
import { DEFAULT_SHELL, isPosixShell, isWatched, unwrapCommand } from './wrap.ts';

const PATH = '/etc/anacrontab';
/** Anacron runs a job once a day at any hour, so two runs may lie almost two days apart. */
const GRACE_SECONDS = DAY_MS / SECOND_MS;

function stateOf(job: AnacronJob, tree: Tree): JobState {
  const { command, head, index } = job;
  const wrapped = unwrapCommand(command);
  if (wrapped !== null) return { is: 'watched', slug: wrapped.slug };
  if (isWatched(command)) return { is: 'watched', slug: null };
  const shell = job.environment.get('SHELL') || DEFAULT_SHELL;
  if (!isPosixShell(shell)) return { is: 'left', reason: `its shell ${shell} is none whose quotes we know` };
  if (tree.readPlain(PATH) === null) return { is: 'left', reason: 'its file is a link or has several names' };
  // Wrapping knows that cron ends a command at a %; anacron does not.
  if (command.includes('%'))
    return { is: 'left', reason: 'there is a % in it, which anacron reads otherwise than cron' };
  return {
    is: 'open',
    edit: { kind: 'line', path: PATH, index, head, command, shell },
    schedule: { type: 'period', seconds: job.periodSeconds },
  };
}

/** The jobs of /etc/anacrontab, where anacron is installed. */
export function findAnacronJobs(tree: Tree, host: Host): Job[] {
  const text = tree.has('/usr/sbin/anacron') ? tree.text(PATH) : null;
  if (text === null || !host.users.has('root')) return [];
  return parseAnacrontab(text).map((job) => ({
    source: 'anacrontab',
    path: PATH,
    line: job.index + 1,
    user: 'root',
    scheduleText: job.head
      .trim()
      .split(/[ \t]+/)
      .slice(0, 2)
      .join(' '),
    command: unwrapCommand(job.command)?.command ?? job.command,
    name: job.identifier.replace(/[^\w.-]/g, ' ').trim() || 'anacron',
    mark: fingerprint([PATH, job.identifier]),
    startGraceSeconds: GRACE_SECONDS + job.delaySeconds,
    notes: ['anacron runs it once in that time while the machine is on: switched off for longer, it is missed'],
    state: stateOf(job, tree),
  }));
}
