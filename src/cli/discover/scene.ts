import { homedir, userInfo } from 'node:os';
import { CommandError, EXIT } from '../output.ts';
import { type Host, readHost } from './host.ts';
import { OWN_CRONTAB, readOwnCrontab } from './places.ts';
import type { CrontabFile } from './scan-crontabs.ts';
import { openState, type StateFolder } from './state.ts';
import { openTree, type Tree } from './tree.ts';

/** Where discover works. */
export interface Scene {
  readonly tree: Tree;
  readonly host: Host;
  /** Only the caller's own crontab: on the live system, by somebody who is not root. */
  readonly isOwn: boolean;
  readonly own: CrontabFile | null;
  readonly state: StateFolder;
}

const STATE_FOLDER = '/var/lib/allswell-discover';

type Environment = Readonly<Record<string, string | undefined>>;

/** The host below `root`; a CommandError when there is no such folder. */
export function openScene(root: string, env: Environment): Scene {
  const tree = (() => {
    try {
      return openTree(root);
    } catch (error) {
      throw new CommandError(`--root ${root}: ${error instanceof Error ? error.message : error}`, EXIT.misused);
    }
  })();
  const host = readHost(tree);
  const isOwn = tree.root === '/' && process.geteuid?.() !== 0;
  if (!isOwn) return { tree, host, isOwn, own: null, state: openState(tree.at(STATE_FOLDER)) };
  const { username } = userInfo();
  const own = { path: OWN_CRONTAB, form: 'user', owner: username, text: readOwnCrontab() ?? '', reason: null } as const;
  const state = `${env.XDG_STATE_HOME || `${homedir()}/.local/state`}/allswell/discover`;
  return { tree, host, isOwn, own, state: openState(state) };
}
