import type { Reply } from '../harness/receivers/http-receiver.ts';
import { type HttpReceiver, type ReceivedRequest, startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import type { Chance } from './plan.ts';

/** One incident told to one channel, as its receiver saw it. */
export interface Told {
  readonly channel: string;
  readonly incidentId: string;
  readonly type: 'incident.opened' | 'incident.resolved';
  /** The idempotency key that came with it. */
  readonly key: string;
  readonly at: number;
  /** Whether it was answered 2xx. */
  readonly accepted: boolean;
}

/** A receiver of webhooks that is not always well, and remembers all it was told. */
export interface Listener {
  readonly url: string;
  readonly told: readonly Told[];
  /** From now on it takes everything. */
  behave(): void;
  close(): Promise<void>;
}

/** How often a first sending is refused, cut off, or taken without its answer coming through. */
const REFUSED = 0.1;
const CUT = 0.1;
const MAX_DELAY_MS = 400;

interface IncidentEvent {
  readonly type: string;
  readonly data: {
    readonly incident?: { readonly id: string };
    readonly incidents?: readonly { readonly type: string; readonly incident: { readonly id: string } }[];
  };
}

function incidentsOf({ type, data }: IncidentEvent): readonly { readonly type: string; readonly id: string }[] {
  if (data.incidents !== undefined) return data.incidents.map((one) => ({ type: one.type, id: one.incident.id }));
  return data.incident === undefined ? [] : [{ type, id: data.incident.id }];
}

function isTold(type: string): type is Told['type'] {
  return type === 'incident.opened' || type === 'incident.resolved';
}

export async function startListener(chance: Chance): Promise<Listener> {
  const told: Told[] = [];
  const seen = new Set<string>();
  let isMoody = true;

  const replyTo = (key: string): Reply => {
    // Only the first sending: each further one costs a longer wait, and the test shall end.
    const mood = isMoody && !seen.has(key) ? chance() : 1;
    seen.add(key);
    if (mood < REFUSED) return { status: 500 };
    if (mood < REFUSED + CUT) return { cut: true };
    return { status: 200, body: 'ok', delayMs: Math.round(chance() * MAX_DELAY_MS) };
  };

  const hear = (request: ReceivedRequest): Reply => {
    const key = request.headers['webhook-id'] ?? '';
    const reply = replyTo(key);
    const accepted = 'status' in reply && reply.status === 200;
    for (const { type, id } of incidentsOf(request.json() as IncidentEvent)) {
      if (!isTold(type)) continue;
      told.push({ channel: request.path, incidentId: id, type, key, at: Date.now(), accepted });
    }
    return reply;
  };

  const receiver: HttpReceiver = await startHttpReceiver({ reply: hear });
  return {
    url: receiver.url,
    told,
    behave() {
      isMoody = false;
    },
    close: () => receiver.close(),
  };
}
