import type { Monitor, Schedule } from './types.ts';

/** A time in which the alarms of some monitors are held. */
export interface Maintenance {
  readonly id: string;
  readonly name: string;
  readonly once: { readonly from: string; readonly to: string } | null;
  readonly repeat: { readonly schedule: Schedule; readonly duration_seconds: number } | null;
  readonly all: boolean;
  readonly monitors: readonly string[];
  readonly tags: readonly string[];
  readonly sites: readonly string[];
  readonly active_until: string | null;
  readonly next_at: string | null;
  readonly ended_at: string | null;
}

export interface MaintenanceIncident {
  readonly incident_id: string;
  readonly monitor: { readonly id: string; readonly name: string };
  readonly opened_at: string;
  readonly held_since: string;
  /** Null: it is held now. */
  readonly outcome: 'told' | 'recovered' | 'closed' | null;
}

export interface MaintenanceDetail extends Maintenance {
  readonly incidents: readonly MaintenanceIncident[];
}

/** Nobody says when a colleague plans one; besides that each is asked for anew when it begins or ends. */
const EVERY_MS = 60_000;
const SOONEST_MS = 1_000;

/** How long until the first of these begins or ends. */
export function untilNextTurn(list: readonly Maintenance[], now: number): number {
  const turns = list
    .flatMap(({ active_until: end, next_at: next }) => [end, next])
    .flatMap((at) => (at === null || Date.parse(at) <= now ? [] : [Date.parse(at) - now]));
  return Math.max(SOONEST_MS, Math.min(EVERY_MS, ...turns));
}

export type MaintenanceState = 'active' | 'planned' | 'over';

export function stateOf({ active_until: until, next_at: next }: Maintenance, now: number): MaintenanceState {
  if (until !== null && Date.parse(until) > now) return 'active';
  return next === null ? 'over' : 'planned';
}

/** A site, as far as it matters here. */
export interface Gateway {
  readonly id: string;
  readonly gateway_monitor_id: string | null;
}

export type Covering = Pick<Maintenance, 'all' | 'monitors' | 'tags' | 'sites'>;
export type Covered = Pick<Monitor, 'id' | 'tags' | 'site_id'>;

/** Whether a maintenance is about a monitor: all, by name, by tag, behind a site, or as its gateway. */
export function isCovered(what: Covering, monitor: Covered, sites: readonly Gateway[]): boolean {
  if (what.all || what.monitors.includes(monitor.id)) return true;
  if (monitor.tags.some((tag) => what.tags.includes(tag))) return true;
  if (monitor.site_id !== null && what.sites.includes(monitor.site_id)) return true;
  return sites.some((site) => site.gateway_monitor_id === monitor.id && what.sites.includes(site.id));
}

/** The maintenance that holds the alarms of a monitor now; of several the one that ends last. */
export function maintenanceOf(
  monitor: Covered,
  list: readonly Maintenance[],
  sites: readonly Gateway[],
  now: number,
): Maintenance | null {
  const active = list.filter((one) => stateOf(one, now) === 'active' && isCovered(one, monitor, sites));
  return active.toSorted((one, other) => ((one.active_until ?? '') < (other.active_until ?? '') ? 1 : -1))[0] ?? null;
}

/** The next one of a monitor that begins until `before`. */
export function nextMaintenanceOf(
  monitor: Covered,
  list: readonly Maintenance[],
  sites: readonly Gateway[],
  before: number,
): Maintenance | null {
  const coming = list.filter(({ next_at: next }) => next !== null && Date.parse(next) <= before);
  const own = coming.filter((one) => isCovered(one, monitor, sites));
  return own.toSorted((one, other) => ((one.next_at ?? '') < (other.next_at ?? '') ? -1 : 1))[0] ?? null;
}
