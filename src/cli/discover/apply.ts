import { spawnSync } from 'node:child_process';
import type { Client } from '../client.ts';
import { CommandError } from '../output.ts';
import { openPlaces } from './places.ts';
import { changesFor, type FileChange, type Proposal, refuseLongLines } from './plan.ts';
import type { Scene } from './scene.ts';
import { ensureMonitor, type Made, readTeamKey } from './server.ts';
import { planSettings, SETTINGS_MODE } from './settings.ts';

const TRIAL_LIMIT_MS = 10_000;
/** What cron gives a job. */
const CRON_PATH = '/usr/bin:/bin';
const UNIT_MODE = 0o644;

/** Runs the wrapper once as cron would, without a job: one that does not start would keep every job from running. */
function tryWrapper(words: string): void {
  const [program = '', ...args] = words.split(' ');
  const options = { env: { PATH: CRON_PATH }, timeout: TRIAL_LIMIT_MS, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(program, [...args, '--help'], options);
  if (status !== 0) {
    throw new CommandError(
      `${words} does not work on this host (${stderr?.trim().split('\n')[0] || status}); nothing was changed`,
    );
  }
}

/** systemd reads new drop-ins when it is told to; answers what a person has to do where we cannot. */
export function reloadSystemd(root: string, paths: readonly string[]): string | null {
  if (!paths.some((path) => path.startsWith('/etc/systemd/'))) return null;
  const isLive = root === '/' && spawnSync('systemctl', ['daemon-reload'], { timeout: TRIAL_LIMIT_MS }).status === 0;
  return isLive ? null : 'systemd takes the drop-ins in with the next `systemctl daemon-reload`';
}

export interface Applied {
  readonly proposals: readonly Proposal[];
  readonly changes: readonly FileChange[];
  readonly notes: readonly string[];
}

/**
 * Makes the monitors, then wraps the lines. Nothing of the host is changed before all monitors are there; what is going
 * to be changed is kept before it is.
 */
export async function applyPlan(
  scene: Scene,
  proposals: readonly Proposal[],
  words: string,
  client: Client,
): Promise<Applied> {
  const { tree, host, isOwn, state } = scene;
  const isOpen = ({ job }: Proposal) => job.state.is === 'open';
  if (!proposals.some(isOpen)) return { proposals, changes: [], notes: [] };
  if (tree.root === '/') tryWrapper(words);
  const teamKey = await readTeamKey(client);
  const made: Made[] = [];
  const named: Proposal[] = [];
  // Whoever reports elsewhere gets no monitor; where ours is, the first monitor tells.
  for (const proposal of planSettings(proposals, scene, { teamKey, baseUrl: null }).proposals) {
    if (isOpen(proposal)) made.push(await ensureMonitor(client, proposal, host.name));
    named.push(isOpen(proposal) ? (made.at(-1)?.proposal ?? proposal) : proposal);
  }
  // A slug that was taken has become longer.
  const fitting = refuseLongLines(named, words);
  const { proposals: settled, files } = planSettings(fitting, scene, { teamKey, baseUrl: made[0]?.baseUrl ?? null });
  const places = openPlaces(tree);
  const lines = changesFor(settled, words, places.read);
  const changes = lines.length === 0 ? [] : [...files.map(({ change }) => change), ...lines];
  const slugs = new Set(settled.filter(isOpen).map(({ slug }) => slug));
  if (changes.length > 0) {
    const monitors = made.map(({ monitor }) => monitor).filter(({ slug }) => slugs.has(slug));
    state.record(changes, monitors);
    for (const { path, before, after } of changes) {
      const owner = files.find(({ change }) => change.path === path)?.user;
      const us = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      const ownership =
        owner === undefined ? { mode: UNIT_MODE, ...us } : { mode: SETTINGS_MODE, uid: owner.uid, gid: owner.gid };
      places.replace(path, before, after, isOwn ? { ...ownership, ...us } : ownership);
    }
  }
  const reload = reloadSystemd(
    tree.root,
    changes.map(({ path }) => path),
  );
  return { proposals: settled, changes, notes: reload === null ? [] : [reload] };
}
