import { readSchedule } from '../../core/schedule/schedule.ts';
import type { Host } from './host.ts';
import { type Job, type JobState, START_GRACE_SECONDS } from './job.ts';
import { fingerprint } from './names.ts';
import { readService, readTimer, type ServiceReading, slugOfDropIn, type TimerReading } from './timer.ts';
import type { Tree } from './tree.ts';
import { parseUnit, settingOf, type UnitSettings } from './unit-file.ts';
import { isWatched } from './wrap.ts';

/** Where systemd looks for units; what comes first wins. */
const FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
/** Behind all others, so that it has the last word on ExecStart. */
const DROP_IN = 'zz-allswell.conf';

interface Unit {
  readonly path: string;
  /** Without our own drop-in. */
  readonly settings: UnitSettings;
}

const templateOf = (name: string) => name.replace(/@[^.]*\./, '@.');
const dropInPath = (service: string) => `${FOLDERS[0]}/${service}.d/${DROP_IN}`;

/** A file of the tree, also behind a link that means a path of the host. */
function unitText(tree: Tree, path: string): string | null {
  const target = tree.link(path);
  if (target === '/dev/null') return '';
  return target?.startsWith('/') ? tree.text(target) : tree.text(path);
}

/** A unit with its drop-ins; null where there is none or it is masked. */
function readUnit(tree: Tree, name: string): Unit | null {
  const names = [...new Set([name, templateOf(name)])];
  const places = names.flatMap((one) => FOLDERS.map((folder) => `${folder}/${one}`));
  const path = places.find((place) => unitText(tree, place) !== null);
  const text = path === undefined ? null : unitText(tree, path);
  if (path === undefined || text === null || text === '') return null;
  const dropIns = new Map<string, string>();
  for (const place of places) {
    for (const file of tree.list(`${place}.d`)) {
      if (!file.endsWith('.conf') || file === DROP_IN || dropIns.has(file)) continue;
      dropIns.set(file, unitText(tree, `${place}.d/${file}`) ?? '');
    }
  }
  const texts = [text, ...[...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, content]) => content)];
  return { path, settings: texts.flatMap(parseUnit) };
}

/** The timers that some target starts. */
function enabledTimers(tree: Tree): string[] {
  const names = FOLDERS.flatMap((folder) =>
    tree
      .list(folder)
      .filter((name) => /\.target\.(wants|requires)$/.test(name))
      .flatMap((name) => tree.list(`${folder}/${name}`)),
  );
  return [...new Set(names.filter((name) => /^[\w@.:\\-]+\.timer$/.test(name)))].sort();
}

/** A job for every systemd timer of the system that is enabled. */
export function findTimerJobs(tree: Tree, host: Host): Job[] {
  return enabledTimers(tree).flatMap((name) => {
    const timer = readUnit(tree, name);
    if (timer === null) return [];
    const service = settingOf(timer.settings, 'Timer', 'Unit') ?? name.replace(/\.timer$/, '.service');
    const unit = readUnit(tree, service);
    const time = readTimer(timer.settings, host.timezone);
    const job: ServiceReading = unit === null ? noService(service) : readService(unit.settings);
    return {
      source: 'timer',
      path: timer.path,
      line: null,
      user: job.user,
      scheduleText: time.scheduleText,
      command: job.command,
      name: name.replace(/\.timer$/, '').slice(0, 100),
      mark: fingerprint([name]),
      startGraceSeconds: START_GRACE_SECONDS + ('schedule' in time ? time.slackSeconds : 0),
      notes: 'notes' in time ? time.notes : [],
      state: stateOf(tree, service, time, job, host),
    };
  });
}

const noService = (service: string): ServiceReading => ({ user: 'root', command: '', reason: `${service} is missing` });

function stateOf(tree: Tree, service: string, time: TimerReading, job: ServiceReading, host: Host): JobState {
  const path = dropInPath(service);
  const own = tree.text(path);
  const slug = own === null ? null : slugOfDropIn(own);
  if (isWatched(job.command)) return { is: 'watched', slug: null };
  if (tree.root === '/' && !tree.has('/run/systemd/system')) return { is: 'left', reason: 'systemd does not run here' };
  const isCurrent = 'prefix' in job && own?.endsWith(` -- ${job.command}\n`) === true;
  if (slug !== null && isCurrent) return { is: 'watched', slug };
  if ('reason' in job) return { is: 'left', reason: job.reason };
  if ('reason' in time) return { is: 'left', reason: time.reason };
  if (own !== null && slug === null) return { is: 'left', reason: `${path} is not ours` };
  if (!host.users.has(job.user)) return { is: 'left', reason: `there is no user ${job.user}` };
  const read = readSchedule(time.schedule, { defaultTimezone: host.timezone });
  if (!read.ok) return { is: 'left', reason: read.error.message };
  const edit = { kind: 'drop_in', path, prefix: job.prefix, command: job.command, slug } as const;
  return { is: 'open', edit, schedule: read.schedule.source };
}
