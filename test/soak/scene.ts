import type { Client } from './client.ts';

export interface Watched {
  readonly id: string;
  readonly key: string;
  readonly slug: string;
}

/** What is watched during a soak. Nobody may ever find the steady ones and the processes down. */
export interface Scene {
  readonly teamKey: string;
  readonly steady: readonly Watched[];
  readonly processes: readonly Watched[];
  /** Fail and recover again and again, each with a channel of its own. */
  readonly flapping: readonly Watched[];
  /** Fall silent and come back again and again, each with a channel of its own. */
  readonly silencing: readonly Watched[];
  /** Paused and resumed; nobody calls them. */
  readonly pausing: readonly Watched[];
}

const STEADY = 1_000;
const PROCESSES = 200;
const FLAPPING = 20;
const SILENCING = 10;
const PAUSING = 5;
/** Made at the same time. */
const AT_ONCE = 16;
const MAX_RUN_SECONDS = 3_600;
/** Time enough to finish what is under way when the load has ended. */
const STEADY_SECONDS = { period: 60, grace: 120 } as const;
export const SILENCING_SECONDS = { period: 10, grace: 5 } as const;

interface Made {
  readonly id: string;
  readonly ping_url: string;
  readonly slug: string;
}

async function makeMany(count: number, make: (index: number) => Promise<Watched>): Promise<Watched[]> {
  const made: Watched[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => make(from + index));
    made.push(...(await Promise.all(some)));
  }
  return made;
}

export async function makeScene(client: Client, receiverUrl: string): Promise<Scene> {
  const { ping_key: teamKey } = await client.api<{ ping_key: string }>('GET', '/api/v1/team');
  const monitor = async (name: string, more: Readonly<Record<string, unknown>>): Promise<Watched> => {
    const slug = name.replaceAll(' ', '-');
    const asked = { name, slug, channels: [], tags: ['soak'], ...more };
    const { id, ping_url: url } = await client.api<Made>('POST', '/api/v1/monitors', asked);
    return { id, slug, key: url.slice(url.lastIndexOf('/') + 1) };
  };
  const heartbeat = (name: string, seconds: number, grace: number, channels: readonly string[] = []) =>
    monitor(name, {
      kind: 'heartbeat',
      schedule: { type: 'period', seconds },
      grace_seconds: grace,
      channels,
    });
  const ownChannel = async (name: string): Promise<string[]> => {
    const config = { url: `${receiverUrl}/${name.replaceAll(' ', '-')}` };
    return [(await client.api<{ id: string }>('POST', '/api/v1/channels', { kind: 'webhook', name, config })).id];
  };
  return {
    teamKey,
    steady: await makeMany(STEADY, (index) =>
      heartbeat(`steady ${index}`, STEADY_SECONDS.period, STEADY_SECONDS.grace),
    ),
    processes: await makeMany(PROCESSES, (index) =>
      // What takes a random time has nothing usual to learn.
      monitor(`process ${index}`, { kind: 'process', max_run_seconds: MAX_RUN_SECONDS, learn: false }),
    ),
    flapping: await makeMany(FLAPPING, async (index) => {
      const name = `flapping ${index}`;
      return heartbeat(name, STEADY_SECONDS.period, STEADY_SECONDS.grace, await ownChannel(name));
    }),
    silencing: await makeMany(SILENCING, async (index) => {
      const name = `silencing ${index}`;
      return heartbeat(name, SILENCING_SECONDS.period, SILENCING_SECONDS.grace, await ownChannel(name));
    }),
    pausing: await makeMany(PAUSING, (index) => heartbeat(`pausing ${index}`, 86_400, 3_600)),
  };
}
