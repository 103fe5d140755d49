import type { Instant } from '../core/instant.ts';
import { type GatewayEvent, holdAfter, lightAfter, moveHold } from '../core/sites.ts';
import type { TimingError } from '../core/timing.ts';
import type { Transaction } from '../store/database.ts';
import { SERIALIZATION_FAILURE } from '../store/errors.ts';
import { type HeldIncident, lockHoldsOfMonitor, lockHoldsOfSites, saveHolds } from '../store/holds.ts';
import {
  deleteSite,
  findSite,
  findSiteOfGateway,
  insertSite,
  type LockedSite,
  lockSites,
  readGatewayIncident,
  readMemberships,
  type SiteRecord,
  saveLight,
  saveMembership,
  updateSite,
} from '../store/sites.ts';
import { lockStatesByIds } from '../store/states.ts';
import { attempt, type ManageDeps, type Refused } from './attempt.ts';

/** What a person wants of a site; undefined: not said. */
export interface SiteWish {
  readonly name?: string | undefined;
  readonly gatewayMonitorId?: string | undefined;
}

export interface NewSiteWish {
  readonly name: string;
  readonly gatewayMonitorId: string;
  /** Its identity in another system's interface. */
  readonly origin?: SiteRecord['origin'];
}

export type ManagedSite = { readonly site: SiteRecord } | Refused;

const GATEWAY = 'gateway_monitor_id';

/**
 * Why this monitor cannot be the gateway of a site (`ownId`: of this one it may be). Its state stays locked: whoever
 * puts it behind a site meanwhile, or learns that it is down, waits.
 */
async function gatewayErrors(
  tx: Transaction,
  teamId: string,
  monitorId: string,
  ownId: string | null,
): Promise<TimingError[]> {
  const error = (message: string): TimingError[] => [{ field: GATEWAY, message }];
  if ((await readGatewayIncident(tx, teamId, monitorId)) === null) return error('there is no monitor with this id');
  await lockStatesByIds(tx, [monitorId]);
  if ((await readMemberships(tx, [monitorId])).length > 0) {
    return error('stands behind a site itself, and a gateway stands behind none: take it out first');
  }
  const other = await findSiteOfGateway(tx, monitorId);
  return other === null || other === ownId ? [] : error('is the gateway of another site already');
}

/** Makes a site. A gateway that is down at that moment makes it dark at once. */
export function createSite(deps: ManageDeps, teamId: string, wish: NewSiteWish): Promise<ManagedSite> {
  return attempt(deps.database, async (tx): Promise<ManagedSite> => {
    const errors = await gatewayErrors(tx, teamId, wish.gatewayMonitorId, null);
    if (errors.length > 0) return { refused: 'invalid', errors };
    const now = deps.clock.now();
    const { name, gatewayMonitorId, origin = null } = wish;
    const site = { id: deps.newId(), teamId, name, gatewayMonitorId, origin, createdAt: now, updatedAt: now };
    await insertSite(tx, site);
    const [locked] = await lockSites(tx, teamId, [site.id]);
    if (locked !== undefined) await followGateway(tx, teamId, locked, gatewayMonitorId, now);
    return { site };
  });
}

/** Changes what was said and leaves the rest; with a new gateway the site is as dark as that one is down. */
export function editSite(deps: ManageDeps, teamId: string, id: string, wish: SiteWish): Promise<ManagedSite> {
  return attempt(deps.database, async (tx): Promise<ManagedSite> => {
    const seen = await findSite(tx, teamId, id);
    if (seen === null) return { refused: 'not_found' };
    const gatewayId = wish.gatewayMonitorId ?? seen.site.gatewayMonitorId;
    const isNew = gatewayId !== null && gatewayId !== seen.site.gatewayMonitorId;
    const errors = isNew ? await gatewayErrors(tx, teamId, gatewayId, id) : [];
    if (errors.length > 0) return { refused: 'invalid', errors };
    const [locked] = await lockSites(tx, teamId, [id]);
    if (locked === undefined) return { refused: 'not_found' };
    // Somebody else gave it another one meanwhile, which is not locked: as if this had been asked after that.
    if (locked.gatewayMonitorId !== seen.site.gatewayMonitorId) throw lostAgainstAnother();
    const now = deps.clock.now();
    const site = { ...seen.site, name: wish.name ?? seen.site.name, gatewayMonitorId: gatewayId, updatedAt: now };
    await updateSite(tx, site);
    if (isNew) await followGateway(tx, teamId, locked, gatewayId, now);
    return { site };
  });
}

function lostAgainstAnother(): Error {
  return Object.assign(new Error('the site changed its gateway meanwhile'), { code: SERIALIZATION_FAILURE });
}

/** The site has a gateway that it did not have before: its light is what that one's incident says. */
async function followGateway(
  tx: Transaction,
  teamId: string,
  site: LockedSite,
  gatewayId: string,
  now: Instant,
): Promise<void> {
  const incident = await readGatewayIncident(tx, teamId, gatewayId);
  const incidentId = incident?.incidentId ?? null;
  const event: GatewayEvent =
    incidentId === null
      ? { kind: 'over', incidentId: site.darknessId ?? '', resolution: 'paused' }
      : { kind: 'down', incidentId, at: incident?.openedAt ?? now };
  const light = lightAfter(site, event, now);
  if (light === site) return;
  await saveLight(tx, light);
  const holds = await lockHoldsOfSites(tx, [site.id]);
  await saveHolds(
    tx,
    decidedAgain(holds, (held) => holdAfter(held.hold, held.monitor, light, event, now)),
  );
}

function decidedAgain(holds: readonly HeldIncident[], decide: (held: HeldIncident) => HeldIncident['hold']) {
  return holds.map((held) => ({ ...held, hold: decide(held) }));
}

/** Deletes a site; the monitors stay, and what was held for it is told. Answers false when there is no such site. */
export function removeSite(deps: ManageDeps, teamId: string, id: string): Promise<boolean | Refused> {
  return attempt(deps.database, async (tx) => {
    const [site] = await lockSites(tx, teamId, [id]);
    if (site === undefined) return false;
    const now = deps.clock.now();
    const holds = await lockHoldsOfSites(tx, [id]);
    await saveHolds(
      tx,
      decidedAgain(holds, (held) => moveHold(held.hold, null, held.monitor, now)),
    );
    await deleteSite(tx, id);
    return true;
  });
}

/**
 * Puts a monitor behind a site, or (null) behind none, with what is held of it. The caller holds the lock of its state
 * and changes nothing when there are errors.
 */
export async function placeMonitor(
  tx: Transaction,
  teamId: string,
  monitorId: string,
  siteId: string | null,
  now: Instant,
): Promise<TimingError[]> {
  const error = (message: string): TimingError[] => [{ field: 'site_id', message }];
  const [before] = await readMemberships(tx, [monitorId]);
  const beforeId = before?.siteId ?? null;
  if (beforeId === siteId) return [];
  if (siteId !== null && (await findSiteOfGateway(tx, monitorId)) !== null) {
    return error('this monitor is the gateway of a site, and a gateway stands behind none');
  }
  const sites = await lockSites(
    tx,
    teamId,
    [beforeId, siteId].filter((id) => id !== null),
  );
  const site = sites.find(({ id }) => id === siteId) ?? null;
  if (siteId !== null && site === null) return error('there is no site with this id');
  await saveMembership(tx, monitorId, siteId);
  const holds = await lockHoldsOfMonitor(tx, monitorId);
  await saveHolds(
    tx,
    holds.map((held) => ({ ...held, siteId, hold: moveHold(held.hold, site, held.monitor, now) })),
  );
  return [];
}

/** Puts a monitor behind a site, or (null) behind none, by itself: `editMonitor` does it along with other changes. */
export function assignSite(
  deps: ManageDeps,
  teamId: string,
  monitorId: string,
  siteId: string | null,
): Promise<true | Refused> {
  return attempt(deps.database, async (tx): Promise<true | Refused> => {
    if ((await readGatewayIncident(tx, teamId, monitorId)) === null) return { refused: 'not_found' };
    await lockStatesByIds(tx, [monitorId]);
    const errors = await placeMonitor(tx, teamId, monitorId, siteId, deps.clock.now());
    return errors.length > 0 ? { refused: 'invalid', errors } : true;
  });
}
