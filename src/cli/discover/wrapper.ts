import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from './tree.ts';
import { isPlainPath } from './wrap.ts';

export type WrapperChoice =
  /** What stands in front of a command, without the slug: `/usr/local/bin/allswell.sh`, `/opt/allswell/bin/allswell run`. */
  { readonly words: string } | { readonly reason: string };

export const USUAL_PLACE = '/usr/local/bin/allswell.sh';
const NAMES = ['allswell', 'allswell-run.mjs', 'allswell.sh'];
const FOLDERS = ['/usr/local/bin', '/usr/bin'];
const NODES = ['/usr/bin/node', '/usr/local/bin/node'] as const;
const OWN_LAUNCHER = fileURLToPath(new URL('../../../bin/allswell', import.meta.url));
const EVERYBODY_READS = 0o005;
const EVERYBODY_PASSES = 0o001;

/** Everybody whose job it runs can get at it: a wrapper that cannot be executed would keep the job from running. */
function isForEverybody(tree: Tree, path: string): boolean {
  const file = resolved(tree, path) ?? path;
  for (let at = file; at !== '/'; at = dirname(at)) {
    const { mode } = lstatSync(tree.at(at));
    const needed = at === file ? EVERYBODY_READS : EVERYBODY_PASSES;
    if ((mode & needed) !== needed) return false;
  }
  return true;
}

/** A path of the host with its links resolved; null when it is not there. */
function resolved(tree: Tree, path: string): string | null {
  if (!tree.has(path)) return null;
  const real = realpathSync(tree.at(path));
  return tree.root === '/' ? real : real.slice(tree.root.length);
}

/**
 * The words for the wrapper at `path`. They must work whatever PATH a crontab sets: so links are resolved (the launcher
 * would need readlink), and Node is named where the launcher has none of its own.
 */
function wordsFor(tree: Tree, path: string, isForOneUser: boolean): WrapperChoice {
  const real = resolved(tree, path);
  if (real === null) return { reason: `there is no ${path}` };
  if (!isPlainPath(real))
    return { reason: `${real} has characters in its name that crontabs and shells read otherwise` };
  const name = basename(real);
  if (!NAMES.includes(name)) return { reason: `${real} is none of ${NAMES.join(', ')}` };
  const parts = partsOf(tree, real, name);
  const missing = parts.files.find((file) => !tree.has(file));
  if (missing !== undefined) return { reason: `${real} needs ${missing}, which is not there` };
  const closed = isForOneUser ? undefined : parts.files.find((file) => !isForEverybody(tree, file));
  return closed === undefined
    ? { words: parts.words }
    : { reason: `${resolved(tree, closed)} cannot be read and run by all users` };
}

/** What is written, and the files that it needs to run. */
function partsOf(
  tree: Tree,
  real: string,
  name: string,
): { readonly words: string; readonly files: readonly string[] } {
  if (name === 'allswell.sh') return { words: real, files: [real] };
  const root = dirname(dirname(real));
  const script = name === 'allswell' ? join(root, 'src/wrapper/allswell-run.mjs') : real;
  // Where the launcher looks for a Node of its own.
  const ownNodes = [join(root, 'node_modules/.bin/node'), join(root, '../.bin/node')];
  const ownNode = name === 'allswell' ? ownNodes.find((path) => tree.has(path)) : undefined;
  if (ownNode !== undefined) return { words: `${real} run`, files: [real, script, ownNode] };
  const node = NODES.find((path) => tree.has(path)) ?? NODES[0];
  return { words: `${node} ${script}`, files: [node, script] };
}

/**
 * Finds what lines get in front of them: the given wrapper, else one in /usr/local/bin or /usr/bin, else the one that
 * came with this command. `isForOneUser`: nobody else has to be able to run it.
 */
export function chooseWrapper(tree: Tree, given: string | null, isForOneUser: boolean): WrapperChoice {
  if (given !== null) return wordsFor(tree, given, isForOneUser);
  const usual = FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
  const candidates = tree.root === '/' ? [...usual, OWN_LAUNCHER] : usual;
  const choices = candidates.filter((path) => tree.has(path)).map((path) => wordsFor(tree, path, isForOneUser));
  const found = choices.find((choice) => 'words' in choice) ?? choices[0];
  return found ?? { reason: `there is no wrapper on this host: put allswell.sh into ${dirname(USUAL_PLACE)}` };
}
