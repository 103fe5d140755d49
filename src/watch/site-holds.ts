import { closeHold, type GatewayEvent, type HoldOutcome, holdAfter, holdOpening, lightAfter } from '../core/sites.ts';
import type { Transaction } from '../store/database.ts';
import {
  endHolds,
  type HoldToSave,
  insertHolds,
  lockHolds,
  lockHoldsOfSites,
  readHeldMonitors,
  saveHolds,
} from '../store/holds.ts';
import type { HeldFor } from '../store/notices.ts';
import { type LockedSite, lockSitesOfMonitors, readMemberships, saveLight } from '../store/sites.ts';
import type { CommitContext, Owned } from './commit.ts';
import { holdForMaintenance } from './maintenance-holds.ts';

export interface OpenedAndClosed {
  readonly opened: readonly Owned<'open_incident'>[];
  readonly closed: readonly Owned<'close_incident'>[];
}

/** What sites and maintenances have to say to the openings and endings of one transaction. */
export interface SiteHolds {
  /** Incidents opened now whose openings are not told for now. */
  readonly held: ReadonlyMap<string, HeldFor>;
  /** Closed incidents whose openings were never told; how their holds ended. Null: the hold goes on. */
  readonly untold: ReadonlyMap<string, HoldOutcome | null>;
}

/**
 * Decides for everything that opens and closes whether a site holds it, in the transaction that found it out: gateways
 * go first, so that one and what stands behind it may come in one batch. Locks sites, then holds; flows and deliveries
 * come after (see notices.ts).
 */
export async function holdForSites(
  tx: Transaction,
  happened: OpenedAndClosed,
  context: CommitContext,
): Promise<SiteHolds> {
  const monitorIds = [...new Set([...happened.opened, ...happened.closed].map(({ monitorId }) => monitorId))];
  const sites = monitorIds.length === 0 ? [] : await lockSitesOfMonitors(tx, monitorIds);
  const lit = await changeLights(tx, sites, happened, context);
  const maintained = await holdForMaintenance(tx, happened.opened, context);
  const others = happened.opened.filter(({ effect }) => !maintained.has(effect.id));
  const behind = await holdOpenings(tx, lit, others, context);
  const held = new Map<string, HeldFor>([
    ...[...maintained].map((id) => [id, 'maintenance'] as const),
    ...[...behind].map((id) => [id, 'site'] as const),
  ]);
  return { held, untold: await endClosed(tx, happened.closed, context) };
}

/** What happened to one gateway, in its order: an incident that was open closes before the next one opens. */
function eventsOf(gatewayId: string, { opened, closed }: OpenedAndClosed): GatewayEvent[] {
  const closings = closed.filter(({ monitorId }) => monitorId === gatewayId).map(({ effect }) => effect);
  const openings = opened.filter(({ monitorId }) => monitorId === gatewayId).map(({ effect }) => effect);
  const isNew = new Set(openings.map(({ id }) => id));
  const over = (id: string): GatewayEvent[] =>
    closings
      .filter((closing) => closing.id === id)
      .map(({ resolution }) => ({ kind: 'over', incidentId: id, resolution }));
  return [
    ...closings.filter(({ id }) => !isNew.has(id)).flatMap(({ id }) => over(id)),
    ...openings.flatMap(({ id, openedAt: at }) => [{ kind: 'down', incidentId: id, at } as const, ...over(id)]),
  ];
}

/** Sites whose gateways went down or came back, with what is held for them; answers all sites as they are then. */
async function changeLights(
  tx: Transaction,
  sites: readonly LockedSite[],
  happened: OpenedAndClosed,
  { now }: CommitContext,
): Promise<Map<string, LockedSite>> {
  const after = new Map(sites.map((site) => [site.id, site]));
  const changes = sites.flatMap((site) => {
    const events = site.gatewayMonitorId === null ? [] : eventsOf(site.gatewayMonitorId, happened);
    return events.length === 0 ? [] : [{ site, events }];
  });
  if (changes.length === 0) return after;
  const holds = await lockHoldsOfSites(
    tx,
    changes.map(({ site }) => site.id),
  );
  const changed: HoldToSave[] = [];
  for (const { site, events } of changes) {
    let light = site;
    let own = holds.filter(({ siteId }) => siteId === site.id);
    for (const event of events) {
      const next = lightAfter(light, event, now);
      if (next === light) continue;
      light = next;
      own = own.map((held) => ({ ...held, hold: holdAfter(held.hold, held.monitor, next, event, now) }));
    }
    after.set(site.id, light);
    changed.push(...own);
    if (light !== site) await saveLight(tx, light);
  }
  await saveHolds(tx, changed);
  return after;
}

/** Openings behind these sites, as far as they are held; answers their incidents. */
async function holdOpenings(
  tx: Transaction,
  sites: ReadonlyMap<string, LockedSite>,
  opened: OpenedAndClosed['opened'],
  { now }: CommitContext,
): Promise<Set<string>> {
  if (sites.size === 0 || opened.length === 0) return new Set();
  const memberships = await readMemberships(
    tx,
    opened.map(({ monitorId }) => monitorId),
  );
  const siteOf = new Map(memberships.map(({ monitorId, siteId }) => [monitorId, sites.get(siteId)]));
  const monitors = await readHeldMonitors(tx, [...siteOf.keys()]);
  const holds = opened.flatMap(({ monitorId, teamId, effect }): HoldToSave[] => {
    const [site, monitor] = [siteOf.get(monitorId), monitors.get(monitorId)];
    if (site === undefined || monitor === undefined) return [];
    const hold = holdOpening(site, { ...monitor, causeCode: effect.cause.code }, now);
    return hold === null ? [] : [{ incidentId: effect.id, teamId, monitorId, siteId: site.id, hold }];
  });
  await insertHolds(tx, holds);
  return new Set(holds.map(({ incidentId }) => incidentId));
}

/** Holds whose incidents close: what recovered in the dark is only listed, what is closed by hand is of no interest. */
async function endClosed(
  tx: Transaction,
  closed: OpenedAndClosed['closed'],
  { now }: CommitContext,
): Promise<Map<string, HoldOutcome | null>> {
  if (closed.length === 0) return new Map();
  const resolutions = new Map(closed.map(({ effect }) => [effect.id, effect.resolution]));
  const holds = await lockHolds(tx, [...resolutions.keys()]);
  const untold = new Map(
    holds.map(({ incidentId, hold }) => {
      return [incidentId, closeHold(hold, resolutions.get(incidentId) ?? 'recovered')] as const;
    }),
  );
  const ends = [...untold].flatMap(([incidentId, outcome]) => (outcome === null ? [] : [{ incidentId, outcome }]));
  await endHolds(tx, ends, now);
  return untold;
}
