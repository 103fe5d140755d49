/*
 * The ping key never gets into a crontab: the wrapper reads it from a file that only the job's user may read. Where root
 * discovers, that file lies in /etc/allswell and not in a user's home, where its owner could lead root astray by a link.
 */
import type { Host, HostUser } from './host.ts';
import { type FileChange, leave, type Proposal, wholeFile } from './plan.ts';
import type { Tree } from './tree.ts';

/** Where jobs report, and with what. `baseUrl` has no slash at its end; null: not known yet, any will do. */
export interface Reporting {
  readonly baseUrl: string | null;
  readonly teamKey: string;
}

export const SETTINGS_MODE = 0o600;

/** The file that discover writes for a user. */
export const settingsPath = (user: HostUser, isOwn: boolean): string =>
  isOwn ? `${user.home}/.config/allswell/config` : `/etc/allswell/run-${user.uid}.conf`;

/** The files that the wrapper looks into, in its order; the first that is there counts. */
function lookedAt(user: HostUser): string[] {
  const all = [`${user.home}/.config/allswell/config`, `/etc/allswell/run-${user.uid}.conf`];
  return user.uid === 0 ? [...all, '/etc/allswell/run.conf'] : all;
}

const SETTING = /^\s*(?:export\s+)?(ALLSWELL_[A-Z_]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/;

function parseSettings(text: string): Map<string, string> {
  const found = text.split('\n').map((line) => SETTING.exec(line));
  return new Map(found.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? match[3] ?? match[4] ?? '']] : [])));
}

function reportsThere(text: string, { baseUrl, teamKey }: Reporting): boolean {
  const settings = parseSettings(text);
  const url = settings.get('ALLSWELL_PING_URL') ?? settings.get('ALLSWELL_URL');
  return settings.get('ALLSWELL_PING_KEY') === teamKey && (baseUrl === null || url?.replace(/\/+$/, '') === baseUrl);
}

function settingsText({ baseUrl, teamKey }: Reporting): string {
  return [
    '# Written by `allswell discover`: where the jobs of this user report.',
    `ALLSWELL_PING_URL=${baseUrl}`,
    `ALLSWELL_PING_KEY=${teamKey}`,
    '',
  ].join('\n');
}

export interface SettingsPlan {
  readonly proposals: readonly Proposal[];
  readonly files: readonly { readonly change: FileChange; readonly user: HostUser }[];
}

/** A settings file for each user who needs one; jobs of users whose settings lead elsewhere are left alone. */
export function planSettings(
  proposals: readonly Proposal[],
  { tree, host, isOwn }: { readonly tree: Tree; readonly host: Host; readonly isOwn: boolean },
  reporting: Reporting,
): SettingsPlan {
  const files = new Map<string, { readonly change: FileChange; readonly user: HostUser }>();
  const refused = new Map<string, string>();
  const open = proposals.filter(({ job }) => job.state.is === 'open');
  for (const name of new Set(open.map(({ job }) => job.user))) {
    const user = host.users.get(name);
    if (user === undefined) continue;
    const there = lookedAt(user).find((path) => tree.has(path));
    if (there === undefined) {
      const path = settingsPath(user, isOwn);
      files.set(path, { change: wholeFile(path, null, settingsText(reporting)), user });
    } else if (!reportsThere(tree.text(there) ?? '', reporting)) {
      refused.set(name, `${there} has another ping key or address than this server's`);
    }
  }
  const settled = proposals.map((proposal) => {
    const reason = proposal.job.state.is === 'open' ? refused.get(proposal.job.user) : undefined;
    return reason === undefined ? proposal : leave(proposal, reason);
  });
  return { proposals: settled, files: [...files.values()] };
}
