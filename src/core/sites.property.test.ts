import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CauseCode, Resolution } from './cause.ts';
import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from './instant.ts';
import {
  CONFIRM_MS,
  closeHold,
  endHold,
  type GatewayEvent,
  type HeldMonitor,
  type Hold,
  holdAfter,
  holdOpening,
  lightAfter,
  moveHold,
  type SiteLight,
  settleMs,
} from './sites.ts';

// Random downs, ups, gateways, moves and time. Whatever happens: no alarm is lost for good, none is told twice, nothing
// waits for ever (V3, promise 2).

const RUNS = 3_000;
const SITES = 2;
const MONITORS = 4;
/** More than any hold can take once its site is lit. */
const LONG_ENOUGH = DAY_MS;

type Action =
  | { readonly kind: 'down'; readonly monitor: number; readonly causeCode: CauseCode }
  | { readonly kind: 'over'; readonly monitor: number; readonly resolution: Resolution }
  | { readonly kind: 'gateway_down'; readonly site: number }
  | { readonly kind: 'gateway_over'; readonly site: number; readonly resolution: Resolution }
  | { readonly kind: 'gateway_watched'; readonly site: number; readonly isWatched: boolean }
  | { readonly kind: 'move'; readonly monitor: number; readonly to: number | null }
  | { readonly kind: 'pass'; readonly ms: number };

const monitor = fc.nat(MONITORS - 1);
const site = fc.nat(SITES - 1);
const resolution = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Resolution>('recovered') },
  { weight: 2, arbitrary: fc.constantFrom<Resolution>('withdrawn', 'paused', 'deleted') },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('down' as const),
    monitor,
    causeCode: fc.constantFrom<CauseCode>('missed', 'failed', 'not_started', 'overran'),
  }),
  fc.record({ kind: fc.constant('over' as const), monitor, resolution }),
  fc.record({ kind: fc.constant('gateway_down' as const), site }),
  fc.record({ kind: fc.constant('gateway_over' as const), site, resolution }),
  fc.record({ kind: fc.constant('gateway_watched' as const), site, isWatched: fc.boolean() }),
  fc.record({ kind: fc.constant('move' as const), monitor, to: fc.option(site, { nil: null }) }),
  fc.record({
    kind: fc.constant('pass' as const),
    ms: fc.oneof(fc.integer({ min: 1, max: 90 * SECOND_MS }), fc.integer({ min: 1, max: 40 * MINUTE_MS })),
  }),
);

interface Incident {
  readonly id: string;
  readonly monitor: number;
  readonly causeCode: CauseCode;
  resolution: Resolution | null;
  hold: Hold | null;
  /** It ended as only listed, and which darkness explained it. */
  listedFor: string | null;
  readonly told: ('opened' | 'resolved')[];
}

const settings = fc.array(
  fc.record({
    intervalMs: fc.option(fc.integer({ min: SECOND_MS, max: DAY_MS }), { nil: null }),
    graceSeconds: fc.integer({ min: 0, max: 7_200 }),
  }),
  { minLength: MONITORS, maxLength: MONITORS },
);

/** The same decisions in the same order as in watch/site-holds.ts, watch/hold-release.ts and watch/manage-sites.ts. */
class World {
  now: Instant = 1_800_000_000_000;
  readonly lights: SiteLight[] = Array.from({ length: SITES }, () => {
    return { darkSince: null, darknessId: null, litAt: null, isWatched: true };
  });
  readonly siteOf: (number | null)[] = [0, 0, 1, null];
  readonly gatewayIncident: (string | null)[] = Array.from({ length: SITES }, () => null);
  readonly incidents: Incident[] = [];
  readonly withdrawn = new Set<string>();
  readonly settings: readonly Omit<HeldMonitor, 'causeCode'>[];
  #ids = 0;

  constructor(given: readonly Omit<HeldMonitor, 'causeCode'>[]) {
    this.settings = given;
  }

  perform(given: Action): void {
    switch (given.kind) {
      case 'down':
        return this.#down(given.monitor, given.causeCode);
      case 'over':
        return this.#over(given.monitor, given.resolution);
      case 'gateway_down': {
        if (this.gatewayIncident[given.site] !== null) return;
        const incidentId = this.#newId();
        this.gatewayIncident[given.site] = incidentId;
        return this.#gateway(given.site, { kind: 'down', incidentId, at: this.now });
      }
      case 'gateway_over': {
        const incidentId = this.gatewayIncident[given.site] ?? null;
        if (incidentId === null) return;
        this.gatewayIncident[given.site] = null;
        if (given.resolution === 'withdrawn') this.withdrawn.add(incidentId);
        return this.#gateway(given.site, { kind: 'over', incidentId, resolution: given.resolution });
      }
      case 'gateway_watched':
        this.lights[given.site] = { ...this.#light(given.site), isWatched: given.isWatched };
        return;
      case 'move':
        return this.#move(given.monitor, given.to);
      case 'pass':
        return this.pass(given.ms);
    }
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.incidents
        .filter(({ hold }) => hold !== null && hold.until !== null && hold.until <= end)
        .sort((one, other) => (one.hold?.until ?? 0) - (other.hold?.until ?? 0));
      const [next] = due;
      if (next?.hold == null) break;
      this.now = Math.max(this.now, next.hold.until ?? 0);
      const { outcome, tells } = endHold(next.hold, next.resolution);
      if (outcome === 'recovered') this.#list(next, next.hold);
      next.hold = null;
      if (tells !== 'nothing') this.#tell(next, 'opened');
      if (tells === 'both') this.#tell(next, 'resolved');
    }
    this.now = end;
  }

  openIncident(of: number): Incident | undefined {
    return this.incidents.find((incident) => incident.monitor === of && incident.resolution === null);
  }

  #list(incident: Incident, { darknessId }: Hold): void {
    assert.ok(darknessId !== null && !this.withdrawn.has(darknessId), 'listed for a darkness, as far as anybody knows');
    incident.listedFor = darknessId;
  }

  #newId(): string {
    this.#ids += 1;
    return `incident ${this.#ids}`;
  }

  #light(index: number): SiteLight {
    const light = this.lights[index];
    assert.ok(light);
    return light;
  }

  #held(incident: Incident): HeldMonitor {
    const own = this.settings[incident.monitor];
    assert.ok(own);
    return { ...own, causeCode: incident.causeCode };
  }

  #tell(incident: Incident, what: 'opened' | 'resolved'): void {
    if (what === 'opened') {
      const at = this.siteOf[incident.monitor] ?? null;
      assert.ok(at === null || this.#light(at).darkSince === null, 'no opening is told from a dark site');
    }
    incident.told.push(what);
  }

  #down(of: number, causeCode: CauseCode): void {
    if (this.openIncident(of) !== undefined) return;
    const at = this.siteOf[of] ?? null;
    const id = this.#newId();
    const incident: Incident = { id, monitor: of, causeCode, resolution: null, hold: null, listedFor: null, told: [] };
    this.incidents.push(incident);
    const light = at === null ? null : this.#light(at);
    incident.hold = light === null ? null : holdOpening(light, this.#held(incident), this.now);
    if (incident.hold === null) {
      assert.ok(light === null || !light.isWatched || light.darkSince === null, 'told at once');
      this.#tell(incident, 'opened');
    }
    this.#check(incident);
  }

  #over(of: number, how: Resolution): void {
    const incident = this.openIncident(of);
    if (incident === undefined) return;
    incident.resolution = how;
    if (incident.hold === null) return this.#tell(incident, 'resolved');
    const outcome = closeHold(incident.hold, how);
    if (outcome === 'recovered') this.#list(incident, incident.hold);
    if (outcome !== null) incident.hold = null;
  }

  #gateway(at: number, event: GatewayEvent): void {
    const before = this.#light(at);
    const light = lightAfter(before, event, this.now);
    assert.notEqual(light, before);
    this.lights[at] = light;
    for (const incident of this.incidents) {
      if (incident.hold === null || this.siteOf[incident.monitor] !== at) continue;
      incident.hold = holdAfter(incident.hold, this.#held(incident), light, event, this.now);
      this.#check(incident);
    }
  }

  #move(of: number, to: number | null): void {
    if (this.siteOf[of] === to) return;
    this.siteOf[of] = to;
    for (const incident of this.incidents) {
      if (incident.hold === null || incident.monitor !== of) continue;
      const light = to === null ? null : this.#light(to);
      incident.hold = moveHold(incident.hold, light, this.#held(incident), this.now);
      this.#check(incident);
    }
  }

  /** A hold is as its kind says, and its end is near unless its site is dark. */
  #check({ hold, ...incident }: Incident): void {
    if (hold === null) return;
    const at = this.siteOf[incident.monitor] ?? null;
    if (hold.until === null) {
      assert.ok(at !== null && this.#light(at).darkSince !== null, 'only the dark holds without an end');
      assert.equal(hold.darknessId, this.#light(at).darknessId);
      return;
    }
    const longest = Math.max(CONFIRM_MS, settleMs(this.#held({ ...incident, hold })));
    assert.ok(hold.until >= this.now && hold.until <= this.now + longest, 'it ends, and soon');
  }
}

function checkEnd(world: World): void {
  for (const incident of world.incidents) {
    const { told, resolution: how, hold, listedFor } = incident;
    assert.equal(hold, null, 'nothing is held for ever');
    assert.ok(told.filter((what) => what === 'opened').length <= 1, 'nothing is told twice');
    assert.ok(told.filter((what) => what === 'resolved').length <= 1);
    assert.ok(told[0] !== 'resolved', 'an end never before its beginning');
    if (how === null) assert.deepEqual(told, ['opened'], 'what is silent when the site is lit again is told once');
    else if (told.length > 0) assert.deepEqual(told, ['opened', 'resolved'], 'who heard of it hears of its end');
    else if (how === 'recovered') assert.ok(listedFor !== null, 'only what a darkness explained is only listed');
  }
}

test('no alarm is ever lost for good: what is silent when the site is lit again is told once', () => {
  fc.assert(
    fc.property(settings, fc.array(action, { maxLength: 60, size: 'max' }), (given, actions) => {
      const world = new World(given);
      for (const one of actions) world.perform(one);
      for (let index = 0; index < SITES; index += 1) {
        world.perform({ kind: 'gateway_over', site: index, resolution: 'recovered' });
      }
      world.pass(LONG_ENOUGH);
      checkEnd(world);
    }),
    { numRuns: RUNS },
  );
});
