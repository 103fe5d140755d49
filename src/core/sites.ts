import type { CauseCode, Resolution } from './cause.ts';
import { type Instant, MINUTE_MS, SECOND_MS } from './instant.ts';

/**
 * Which alarms wait for their site, until when, and what becomes of them (RULES §5). Pure: whoever found something out
 * (watch/site-holds.ts) reads the holds that it touches, asks here, and writes the answer in its own transaction.
 * sites.md says why it is as it is.
 */

/** The opening of a monitor behind a lit site waits this long, so that its gateway can go first. */
export const CONFIRM_MS = MINUTE_MS;
/** Lit again, a monitor gets its interval, this at the most, plus its grace to show itself. */
export const MAX_SETTLE_INTERVAL_MS = 15 * MINUTE_MS;

/** What is known of a site when something opens behind it. */
export interface SiteLight {
  /** Since when the gateway's incident is open; null: the site is lit, or nobody looks. */
  readonly darkSince: Instant | null;
  /** The gateway's incident: of this darkness, else of the last one. */
  readonly darknessId: string | null;
  /** When the last darkness was over. */
  readonly litAt: Instant | null;
  /** The gateway is there, not paused, and expected: it could be found down. */
  readonly isWatched: boolean;
}

/**
 * `confirming`: the gateway may go down yet. `site_dark`: it is down. `site_lit`: it is back, and the monitors behind it
 * have had no time to report.
 */
export const HOLD_REASONS = ['confirming', 'site_dark', 'site_lit', 'maintenance'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Why the opening of an incident is not told now. */
export interface Hold {
  readonly reason: HoldReason;
  readonly since: Instant;
  /** When it is decided again; null exactly while the site is dark. */
  readonly until: Instant | null;
  /** The gateway's incident that explains this one; null: none does so far. */
  readonly darknessId: string | null;
  /** The maintenance that it waits for the end of. */
  readonly maintenanceId?: string | null;
}

/** `told`: the alarm went out. `recovered`: over by itself before that, it is only listed. `closed`: of no interest. */
export const HOLD_OUTCOMES = ['told', 'recovered', 'closed'] as const;
export type HoldOutcome = (typeof HOLD_OUTCOMES)[number];

/** What decides about the hold of one incident. */
export interface HeldMonitor {
  readonly causeCode: CauseCode;
  readonly intervalMs: number | null;
  /** Of a process: its start grace. */
  readonly graceSeconds: number;
}

/** How long after its site is lit a monitor may stay silent. */
export function settleMs(monitor: Omit<HeldMonitor, 'causeCode'>): number {
  const { intervalMs, graceSeconds } = monitor;
  return Math.min(intervalMs ?? MAX_SETTLE_INTERVAL_MS, MAX_SETTLE_INTERVAL_MS) + graceSeconds * SECOND_MS;
}

/** Whether the opening of an incident behind this site is held; null: it is told at once. */
export function holdOpening(light: SiteLight, monitor: HeldMonitor, now: Instant): Hold | null {
  if (light.darkSince !== null) return { reason: 'site_dark', since: now, until: null, darknessId: light.darknessId };
  const confirmedAt = light.isWatched ? now + CONFIRM_MS : now;
  const settledAt = light.litAt === null ? now : light.litAt + settleMs(monitor);
  // A fail that comes in over a lit line is news; only silence can be a leftover of the dark.
  if (settledAt > now && monitor.causeCode !== 'failed') {
    const until = Math.max(settledAt, confirmedAt);
    return { reason: 'site_lit', since: now, until, darknessId: light.darknessId };
  }
  return light.isWatched ? { reason: 'confirming', since: now, until: confirmedAt, darknessId: null } : null;
}

/** What befell a gateway. */
export type GatewayEvent =
  | { readonly kind: 'down'; readonly incidentId: string; readonly at: Instant }
  | { readonly kind: 'over'; readonly incidentId: string; readonly resolution: Resolution };

/** The site after that; the very same object where it changes nothing. */
export function lightAfter<Light extends SiteLight>(light: Light, event: GatewayEvent, now: Instant): Light {
  if (event.kind === 'down') return { ...light, darkSince: event.at, darknessId: event.incidentId };
  if (light.darkSince === null || light.darknessId !== event.incidentId) return light;
  // Withdrawn, it was never dark: it is not lit again either, and nothing is left to wait for.
  return { ...light, darkSince: null, litAt: event.resolution === 'withdrawn' ? null : now };
}

/**
 * What is held for the site after that; `light` is the site after it. Whatever waits when the gateway goes down is
 * explained by it and waits on. Over, it waits for the monitor to show itself: also when the gateway was paused or
 * deleted, where nobody knows whether the site is lit. It is taken for lit, since an alarm too many is better than one
 * too few. Withdrawn, it is as if it had never been dark.
 */
export function holdAfter(hold: Hold, monitor: HeldMonitor, light: SiteLight, event: GatewayEvent, now: Instant): Hold {
  // Its maintenance ends by itself, and looks at the site then.
  if (hold.reason === 'maintenance') return hold;
  if (event.kind === 'down') return { ...hold, reason: 'site_dark', until: null, darknessId: event.incidentId };
  if (event.resolution === 'withdrawn') return decideAgain(hold, light, monitor, hold.since, now);
  return { ...hold, reason: 'site_lit', until: now + settleMs(monitor) };
}

/** The monitor stands behind another site now, or (null) behind none: as if it had gone down there just now. */
export function moveHold(hold: Hold, light: SiteLight | null, monitor: HeldMonitor, now: Instant): Hold {
  if (hold.reason === 'maintenance') return hold;
  return light === null ? { ...hold, reason: 'confirming', until: now } : decideAgain(hold, light, monitor, now, now);
}

function decideAgain(hold: Hold, light: SiteLight, monitor: HeldMonitor, at: Instant, now: Instant): Hold {
  const fresh = holdOpening(light, monitor, at) ?? { ...hold, reason: 'confirming', until: now, darknessId: null };
  return { ...fresh, since: hold.since, until: fresh.until === null ? null : Math.max(fresh.until, now) };
}

/** What becomes of a hold whose incident closes; null: it goes on, since the gateway may go down yet. */
export function closeHold(hold: Hold, resolution: Resolution): HoldOutcome | null {
  if (resolution !== 'recovered') return 'closed';
  return hold.reason === 'confirming' ? null : 'recovered';
}

/** What is told at the end of a hold: the opening, the opening with its end, or nothing. */
export interface HoldEnd {
  readonly outcome: HoldOutcome;
  readonly tells: 'opening' | 'both' | 'nothing';
}

/** The time of a hold has come; `resolution` of its incident, null while it is open. */
export function endHold(hold: Hold, resolution: Resolution | null): HoldEnd {
  if (resolution === null) return { outcome: 'told', tells: 'opening' };
  // No darkness came to explain it: it was down, and it is told as on any other day.
  if (closeHold(hold, resolution) === null) return { outcome: 'told', tells: 'both' };
  return { outcome: resolution === 'recovered' ? 'recovered' : 'closed', tells: 'nothing' };
}
