import type { Instant } from '../core/instant.ts';
import { deleteChannel, insertChannel, lockEnvironmentChannel, updateChannel } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import { lockTeam } from '../store/teams.ts';
import { channelSealContext, settingsColumns } from './channel-records.ts';
import type { ChannelKind } from './channels/contract.ts';

const NAME = 'Slack (environment)';

export interface EnvironmentChannelDeps {
  readonly database: Database;
  readonly clock: { now(): Instant };
  readonly newId: () => string;
  readonly sealer: Sealer;
}

export interface EnvironmentSlack {
  readonly teamId: string;
  readonly kind: ChannelKind | undefined;
  /** SLACK_WEBHOOK_URL, or null when it is not set (any more). */
  readonly webhookUrl: string | null;
}

/**
 * Keeps the team's read-only channel in step with SLACK_WEBHOOK_URL (RULES §7): made, changed or taken away at the
 * start of a node. Nodes that start together see each other's work.
 */
export async function keepEnvironmentChannel(
  { database, clock, newId, sealer }: EnvironmentChannelDeps,
  { teamId, kind, webhookUrl }: EnvironmentSlack,
): Promise<void> {
  if (kind === undefined) return;
  await database.transaction(async (tx) => {
    await lockTeam(tx, teamId);
    const now = clock.now();
    const known = await lockEnvironmentChannel(tx, teamId, kind.kind);
    if (webhookUrl === null) {
      if (known !== null) await deleteChannel(tx, teamId, known.id, now);
      return;
    }
    const config = { url: webhookUrl };
    const id = known?.id ?? newId();
    // The same address again leaves the channel as it is, broken or not.
    const before = known === null ? null : sealer.unseal(known.configSealed, channelSealContext(id));
    if (before === JSON.stringify(config)) return;
    const channel = {
      id,
      teamId,
      kind: kind.kind,
      name: NAME,
      ...settingsColumns(kind, id, config, sealer),
      state: 'ok' as const,
      brokenReason: null,
      brokenAt: null,
      fromEnvironment: true,
      onlyChosen: false,
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    };
    await (known === null ? insertChannel(tx, channel) : updateChannel(tx, channel));
  });
}
