import { hostname } from 'node:os';
import { isZoneName } from '../../core/schedule/zone.ts';
import type { Tree } from './tree.ts';

export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** What is true for all jobs of a host. */
export interface Host {
  /** Without its domain. */
  readonly name: string;
  readonly timezone: string;
  readonly users: ReadonlyMap<string, HostUser>;
  /** Debian's cron takes no notice of CRON_TZ, and of no file in cron.d with a dot in its name. */
  readonly isDebianCron: boolean;
}

const ZONE_FOLDER = /(?:^|\/)zoneinfo\/(?:posix\/|right\/)?(.+)$/;

/** The zone that cron and systemd work in: the link /etc/localtime, else /etc/timezone, else UTC. */
function timezoneOf(tree: Tree): string {
  const linked = ZONE_FOLDER.exec(tree.link('/etc/localtime') ?? '')?.[1];
  const written = tree.text('/etc/timezone')?.trim();
  const known = [linked, written].find((name) => name !== undefined && isZoneName(name));
  return known === undefined || /^(Etc\/)?(UTC|UCT|Zulu|Universal)$/.test(known) ? 'UTC' : known;
}

/** /etc/passwd; lines that are none are passed over. */
function usersOf(tree: Tree): Map<string, HostUser> {
  const lines = (tree.text('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'));
  const users = lines.flatMap(([name, , uid, gid, , home]): HostUser[] =>
    name && /^\d{1,10}$/.test(uid ?? '') && /^\d{1,10}$/.test(gid ?? '')
      ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/' }]
      : [],
  );
  return new Map(users.map((user) => [user.name, user]));
}

export function readHost(tree: Tree): Host {
  const written = tree.text('/etc/hostname')?.trim();
  const name = written || (tree.root === '/' ? hostname() : 'host');
  return {
    name: name.split('.')[0] ?? name,
    timezone: timezoneOf(tree),
    users: usersOf(tree),
    isDebianCron: tree.has('/etc/debian_version') && !tree.has('/usr/sbin/crond'),
  };
}
