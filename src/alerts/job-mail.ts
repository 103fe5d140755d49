import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { countJobChannels, dropUnusedJobChannels, findChannelByAddress, pointJobMail } from '../store/job-mail.ts';
import { lockTeam } from '../store/teams.ts';
import { createChannel, hashAddress, type NewChannelDeps } from './channel-records.ts';
import type { ChannelKind, ChannelKindName } from './channels/contract.ts';

/** Addresses that the jobs of one team may bring; a job beyond it alarms through the team's channels alone. */
export const MAX_JOB_ADDRESSES = 50_000;
const MAX_NAME_CHARACTERS = 100;
const KIND = 'email';

export interface JobMailDeps extends NewChannelDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
}

/** Under which the channel of an address is found. */
export function hashJobAddress({ sealer }: Pick<JobMailDeps, 'sealer'>, address: string): string {
  return hashAddress(KIND, address, sealer);
}

/**
 * Lets a job's alarms go to this address as well as to the channels of its team: as a channel that all jobs of the team
 * with this address share, and nobody else. The address before is let go of, and forgotten when no job uses it. The
 * caller trusts whoever named the address (RULES §7). Harmless when repeated.
 */
export async function pointJobMailTo(
  deps: JobMailDeps,
  job: { readonly teamId: string; readonly monitorId: string },
  address: string,
): Promise<void> {
  await deps.database.transaction(async (tx) => {
    // Two jobs that bring the same address at a time make one channel of it, and none is dropped while it is taken up.
    await lockTeam(tx, job.teamId);
    const channelId = await ensureChannel(tx, deps, job.teamId, address);
    if (channelId === null) return;
    const hadAnother = await pointJobMail(tx, job.monitorId, channelId);
    if (hadAnother) await dropUnusedJobChannels(tx, job.teamId, deps.clock.now());
  });
}

async function ensureChannel(
  tx: Transaction,
  deps: JobMailDeps,
  teamId: string,
  address: string,
): Promise<string | null> {
  const found = await findChannelByAddress(tx, teamId, hashJobAddress(deps, address));
  if (found !== null) return found;
  const kind = deps.channelKinds.get(KIND);
  if (kind === undefined) return null;
  if ((await countJobChannels(tx, teamId)) >= MAX_JOB_ADDRESSES) {
    deps.logger.warn('the address of a job was not taken: its team has too many', { team: teamId });
    return null;
  }
  const wanted = { teamId, name: address.slice(0, MAX_NAME_CHARACTERS), config: { to: address }, onlyChosen: true };
  const { channel } = await createChannel(tx, deps, kind, wanted, deps.clock.now());
  return channel.id;
}
