import type { Instant } from '../core/instant.ts';
import { CONFIRM_MS, type Hold, settleMs } from '../core/sites.ts';
import type { Queryable, Transaction } from '../store/database.ts';
import { type HeldIncident, type HoldToSave, insertHolds, saveHolds } from '../store/holds.ts';
import { type ActiveMaintenance, readActiveMaintenance, readLightsOf } from '../store/maintenance.ts';
import type { CommitContext, Owned } from './commit.ts';

function holdOf({ maintenanceId, until }: ActiveMaintenance, since: Instant): Hold {
  return { reason: 'maintenance', since, until, darknessId: null, maintenanceId };
}

/**
 * Holds the openings of monitors that are under maintenance, until its end; answers their incidents. It goes before
 * their sites: what nobody is to hear now needs no other reason.
 */
export async function holdForMaintenance(
  tx: Transaction,
  opened: readonly Owned<'open_incident'>[],
  { now }: CommitContext,
): Promise<Set<string>> {
  const active = await readActiveMaintenance(tx, [...new Set(opened.map(({ monitorId }) => monitorId))], now);
  const holds = opened.flatMap(({ monitorId, teamId, effect }): HoldToSave[] => {
    const maintenance = active.get(monitorId);
    if (maintenance === undefined) return [];
    return [{ incidentId: effect.id, teamId, monitorId, siteId: null, hold: holdOf(maintenance, now) }];
  });
  await insertHolds(tx, holds);
  return new Set(holds.map(({ incidentId }) => incidentId));
}

/**
 * A fresh look at holds whose time has come: which of them go on, because a maintenance is under way (another one, or
 * this one was made longer), or because the site of the monitor is dark by now. The latter is looked at again and again:
 * nothing of the site is locked here, and a hold without an end needs that.
 */
export async function holdOn(tx: Transaction, claimed: readonly HeldIncident[], now: Instant): Promise<Set<string>> {
  const open = claimed.filter(({ resolution }) => resolution === null);
  const monitorIds = [...new Set(open.map(({ monitorId }) => monitorId))];
  const active = await readActiveMaintenance(tx, monitorIds, now);
  const fromMaintenance = open.filter(({ hold, monitorId }) => hold.reason === 'maintenance' && !active.has(monitorId));
  const dark = await darkAfter(tx, fromMaintenance, now);
  const kept = open.flatMap((held): HoldToSave[] => {
    const maintenance = active.get(held.monitorId);
    if (maintenance !== undefined) return [{ ...held, siteId: null, hold: holdOf(maintenance, held.hold.since) }];
    const until = dark.get(held.incidentId);
    return until === undefined ? [] : [{ ...held, hold: { ...held.hold, until } }];
  });
  await saveHolds(tx, kept);
  return new Set(kept.map(({ incidentId }) => incidentId));
}

/** Whose site is dark, or was lit so lately that its monitors had no time to report: when to look again. */
async function darkAfter(db: Queryable, holds: readonly HeldIncident[], now: Instant): Promise<Map<string, Instant>> {
  const again = new Map<string, Instant>();
  if (holds.length === 0) return again;
  const lights = await readLightsOf(
    db,
    holds.map(({ monitorId }) => monitorId),
  );
  for (const { incidentId, monitorId, monitor } of holds) {
    const light = lights.get(monitorId);
    if (light === undefined) continue;
    if (light.darkSince !== null) again.set(incidentId, now + CONFIRM_MS);
    else if (light.litAt !== null && light.litAt + settleMs(monitor) > now && monitor.causeCode !== 'failed') {
      again.set(incidentId, light.litAt + settleMs(monitor));
    }
  }
  return again;
}
