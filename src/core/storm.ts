import { type Instant, MINUTE_MS } from './instant.ts';

/** Up to this many notices of one kind a minute and channel go singly; further ones are gathered. */
export const SINGLE_NOTICES_PER_WINDOW = 5;
export const STORM_WINDOW_MS = MINUTE_MS;

/** How much one channel was told lately. */
export interface Flow {
  readonly windowFrom: Instant;
  readonly told: number;
  /** Storming: everything is gathered until a window stays at or below the limit. */
  readonly storming: boolean;
  /** The digest that is being filled, and when it goes; null when there is none. */
  readonly digest: { readonly id: string; readonly at: Instant } | null;
}

export type Telling =
  | { readonly form: 'single' }
  | { readonly form: 'digest'; readonly id: string; readonly isNew: boolean };

function windowAt(flow: Flow | null, at: Instant): Flow {
  const calm: Flow = { windowFrom: at, told: 0, storming: false, digest: null };
  if (flow === null || at - flow.windowFrom >= 2 * STORM_WINDOW_MS) return calm;
  if (at - flow.windowFrom < STORM_WINDOW_MS) return flow;
  const storming = flow.told > SINGLE_NOTICES_PER_WINDOW;
  return storming ? { windowFrom: flow.windowFrom + STORM_WINDOW_MS, told: 0, storming, digest: null } : calm;
}

/** Whether the next notice of a channel goes by itself or into a digest (RULES §5, storm), and the flow after it. */
export function tell(flow: Flow | null, at: Instant, newId: () => string): { flow: Flow; telling: Telling } {
  const window = windowAt(flow, at);
  const told = window.told + 1;
  if (window.storming || told > SINGLE_NOTICES_PER_WINDOW) return gathered(window, newId);
  return { flow: { ...window, told }, telling: { form: 'single' } };
}

/** For what is never urgent: all of it goes into the digest of its minute, however little it is. */
export function gather(flow: Flow | null, at: Instant, newId: () => string): { flow: Flow; telling: Telling } {
  return gathered(windowAt(flow, at), newId);
}

function gathered(window: Flow, newId: () => string): { flow: Flow; telling: Telling } {
  const told = window.told + 1;
  const isNew = window.digest === null;
  const digest = window.digest ?? { id: newId(), at: window.windowFrom + STORM_WINDOW_MS };
  return { flow: { ...window, told, digest }, telling: { form: 'digest', id: digest.id, isNew } };
}
