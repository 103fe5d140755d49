import type { Schedule } from '../../core/schedule/types.ts';
import type { Client } from '../client.ts';
import { CommandError, EXIT } from '../output.ts';
import { slugOf } from './names.ts';
import type { Proposal } from './plan.ts';
import type { RecordedMonitor } from './state.ts';

interface TeamJson {
  readonly ping_key?: string;
}

interface MonitorJson {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly ping_url?: string;
}

const MAX_TAG_CHARACTERS = 50;

/** The team's key for pings by name; a CommandError when the server cannot be reached or the key may not write. */
export async function readTeamKey(client: Client): Promise<string> {
  const { ping_key } = (await client.call('GET', '/team')) as TeamJson;
  if (ping_key !== undefined) return ping_key;
  throw new CommandError('this API key may only read; monitors are made with one that may write', EXIT.forbidden);
}

async function findBySlug(client: Client, slug: string): Promise<MonitorJson | null> {
  const found = (await client.call('GET', `/monitors?${new URLSearchParams({ slug })}`)) as {
    readonly monitors: readonly MonitorJson[];
  };
  return found.monitors[0] ?? null;
}

function wishFor({ job }: Proposal, slug: string, schedule: Schedule, host: string) {
  const place = job.line === null ? job.path : `${job.path}, line ${job.line}`;
  return {
    kind: 'process',
    name: job.name,
    slug,
    description: `Found on ${host} by allswell discover: ${place}, as ${job.user}.`,
    tags: [`host:${host}`.slice(0, MAX_TAG_CHARACTERS), job.source],
    schedule,
    start_grace_seconds: job.startGraceSeconds,
  };
}

/** A proposal whose monitor is there. */
export interface Made {
  readonly proposal: Proposal;
  readonly monitor: RecordedMonitor;
  readonly baseUrl: string;
}

/**
 * The monitor of one job: the one of that slug, or a new one. A slug that belongs to a monitor of another kind is not
 * ours; the job then gets its mark. A monitor that an undo had paused is resumed.
 */
export async function ensureMonitor(client: Client, proposal: Proposal, host: string): Promise<Made> {
  const { job } = proposal;
  if (job.state.is !== 'open' || proposal.slug === null) throw new Error('only open jobs get monitors');
  const { schedule } = job.state;
  for (const slug of [proposal.slug, slugOf(host, job.name, job.mark)]) {
    const found = await findBySlug(client, slug);
    if (found !== null && found.kind !== 'process') continue;
    const monitor =
      found ?? ((await client.call('POST', '/monitors', wishFor(proposal, slug, schedule, host))) as MonitorJson);
    if (monitor.status === 'paused') await client.call('POST', `/monitors/${monitor.id}/resume`);
    const baseUrl = (monitor.ping_url ?? '').replace(/\/ping\/[^/]*$/, '');
    return { proposal: { job, slug }, monitor: { id: monitor.id, slug }, baseUrl };
  }
  throw new CommandError(`${job.path}: the slug ${proposal.slug} belongs to a monitor of another kind`);
}

export interface PauseFault {
  readonly text: string;
  readonly exitCode: number;
}

/** Pauses what nothing reports to any more; answers why not, where that failed. What is deleted needs no pause. */
export async function pauseMonitors(client: Client, monitors: readonly RecordedMonitor[]): Promise<PauseFault[]> {
  const faults: PauseFault[] = [];
  for (const { id, slug } of monitors) {
    // A server that hangs is waited for once.
    const away = faults.find(({ exitCode }) => exitCode === EXIT.unreachable);
    if (away !== undefined) {
      faults.push({ text: `${slug}: no server answered`, exitCode: away.exitCode });
      continue;
    }
    try {
      const found = await findBySlug(client, slug);
      if (found?.id === id) await client.call('POST', `/monitors/${id}/pause`);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      faults.push({ text: `${slug}: ${error.message}`, exitCode: error.exitCode });
    }
  }
  return faults;
}
