import type { Client } from '../client.ts';
import { reloadSystemd } from './apply.ts';
import { openPlaces, type Places } from './places.ts';
import type { Scene } from './scene.ts';
import { type PauseFault, pauseMonitors } from './server.ts';
import { type RecordedChange, type RecordedMonitor, type StateFolder, sha256 } from './state.ts';

/** What became of one change: taken back, or what is left of it because somebody changed it since. */
interface Undone {
  readonly rest: RecordedChange | null;
  readonly complaints: readonly string[];
}

const DONE: Undone = { rest: null, complaints: [] };
const NOBODY = { mode: 0o600, uid: 0, gid: 0 };

/**
 * Puts back those lines that are still as they were written; a line of that text anywhere in the file is the one. Lines
 * that somebody put back by hand, or that a crash kept from being written, are well already.
 */
function undoLines(places: Places, change: RecordedChange, now: string): Undone {
  const lines = now.split('\n');
  const rest = change.lines.filter(({ before, after }) => {
    const at = lines.indexOf(after);
    if (at < 0) return !lines.includes(before);
    lines[at] = before;
    return false;
  });
  const text = lines.join('\n');
  if (text !== now) places.replace(change.path, now, text, NOBODY);
  const complaints = rest.map(({ number }) => `${change.path}: line ${number} was changed since, it is left as it is`);
  return rest.length === 0 ? DONE : { rest: { ...change, lines: rest }, complaints };
}

function undoChange(places: Places, state: StateFolder, change: RecordedChange): Undone {
  const now = places.read(change.path);
  const hash = now === null ? null : sha256(now);
  // Never written, after a crash; or taken back by somebody else.
  if (hash === change.before_sha256) return DONE;
  if (hash === change.after_sha256 && now !== null) {
    if (change.backup === null) places.remove(change.path);
    else places.replace(change.path, now, state.backupOf(change), NOBODY);
    return DONE;
  }
  if (now !== null && change.lines.length > 0) return undoLines(places, change, now);
  return { rest: change, complaints: [`${change.path}: it was changed since, it is left as it is`] };
}

/** A file that lines need to report. */
const isSettings = ({ backup, path }: RecordedChange) => backup === null && !path.startsWith('/etc/systemd/');

/** Lines or drop-ins that are left still report to a monitor. */
function usedAmong(monitors: readonly RecordedMonitor[], rest: readonly RecordedChange[], places: Places) {
  const texts = rest.map(({ path }) => places.read(path) ?? '');
  return monitors.filter(({ slug }) => texts.some((text) => text.includes(` ${slug} -- `)));
}

export interface UndoResult {
  readonly restored: readonly string[];
  /** What was changed since and is left. */
  readonly complaints: readonly string[];
  readonly paused: readonly RecordedMonitor[];
  /** Monitors that could not be paused, and why. */
  readonly faults: readonly PauseFault[];
  readonly notes: readonly string[];
}

/** Takes back what was applied, the newest first, and pauses the monitors that nothing reports to any more. */
export async function undoAll({ tree, state }: Scene, client: Client): Promise<UndoResult> {
  const places = openPlaces(tree);
  const { changes, monitors } = state.read();
  const rest: RecordedChange[] = [];
  const restored = new Set<string>();
  const complaints: string[] = [];
  for (const change of changes.toReversed()) {
    // Lines that are left go on reporting; settings were made before the first line that needs them.
    if (isSettings(change) && rest.length > 0) {
      rest.unshift(change);
      continue;
    }
    const undone = undoChange(places, state, change);
    if (undone.rest !== null) rest.unshift(undone.rest);
    if (undone.rest === null || undone.rest.lines.length < change.lines.length) restored.add(change.path);
    complaints.push(...undone.complaints);
  }
  const used = usedAmong(monitors, rest, places);
  const idle = monitors.filter((monitor) => !used.includes(monitor));
  state.keep({ version: 1, changes: rest, monitors: used });
  const faults = await pauseMonitors(client, idle);
  const reload = reloadSystemd(tree.root, [...restored]);
  return { restored: [...restored], complaints, paused: idle, faults, notes: reload === null ? [] : [reload] };
}
