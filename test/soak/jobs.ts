import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { waitMs } from '../bench/wait.ts';
import { type Chance, pick } from '../kill/plan.ts';
import type { Client, Question } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { Pace } from './pace.ts';
import { type Scene, SILENCING_SECONDS, type Watched } from './scene.ts';

/** Of all pings, those that belong to runs; a run has three. */
const RUN_SHARE = 0.2;
const PINGS_OF_A_RUN = 3;
const MAX_RUN_MS = 20_000;
const BIG_BODY_BYTES = 64 * 1_024;
/** A flap a monitor every half a minute: fewer than would be a storm. */
const DOWN_MS = 5_000;
const REST_MS = 20_000;
const BEAT_MS = 2_000;
const BEATS = 10;
/** Longer than period, grace and the quarter of a second after which a silence is judged. */
const SILENT_MS = (SILENCING_SECONDS.period + SILENCING_SECONDS.grace) * 1_000 + 3_000;

export interface JobOptions {
  readonly client: Client;
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly pace: Pace;
  readonly chance: Chance;
  readonly perSecond: number;
}

const SMALL_BODY = 'backup of /srv done\n42 files, 1.2 GB, 3 warnings\n';
const BIG_BODY = Buffer.alloc(BIG_BODY_BYTES, 'a line of what the job said, again and again\n');

/** Jobs of all kinds; each calls until the pace ends. */
export function startJobs({ client, scene, ledger, pace, chance, perSecond }: JobOptions): void {
  const ping = async (path: string, method = 'GET', question: Question = {}) => {
    const { status, ms } = await client.ask(method, `/ping/${path}`, question);
    ledger.ping(status, ms);
    return status === 200;
  };

  /** Every way in which a job says that it is well, by how often it is met. */
  const success = ({ key, slug }: Watched) => {
    const dice = chance();
    if (dice < 0.62) return ping(key);
    if (dice < 0.82) return ping(key, 'POST', { body: SMALL_BODY.repeat(1 + Math.floor(chance() * 20)) });
    if (dice < 0.825) return ping(key, 'POST', { body: BIG_BODY });
    if (dice < 0.87) return ping(key, 'HEAD');
    if (dice < 0.95) return ping(`${scene.teamKey}/${slug}`);
    if (dice < 0.98) return ping(`${key}/0`, 'POST', { body: SMALL_BODY });
    return ping(`${key}/log`, 'POST', { body: SMALL_BODY });
  };

  const run = async () => {
    const { key } = pick(chance, scene.processes);
    const rid = randomUUID();
    await ping(`${key}/start?rid=${rid}`);
    await waitMs(chance() * MAX_RUN_MS);
    await ping(`${key}/log?rid=${rid}`, 'POST', { body: SMALL_BODY });
    await ping(`${key}?rid=${rid}`, 'POST', { body: SMALL_BODY });
  };

  /** Waits, but no longer than the pace goes on. */
  const rest = async (ms: number) => {
    for (let left = ms; left > 0 && !pace.isOver; left -= BEAT_MS) await pause(Math.min(left, BEAT_MS));
  };

  const flap = async ({ id, key }: Watched) => {
    await rest(REST_MS * (0.5 + chance()));
    if (pace.isOver) return;
    if (await ping(`${key}/fail`, 'POST', { body: 'no space left on device\n' })) ledger.incident(id);
    await waitMs(DOWN_MS * (0.2 + chance()));
    await ping(key);
  };

  const fallSilent = async ({ id, key }: Watched) => {
    for (let beat = 0; beat < BEATS && !pace.isOver; beat += 1) {
      await ping(key);
      await pause(BEAT_MS);
    }
    if (!pace.isOver) {
      if (await ping(key)) ledger.incident(id);
      await waitMs(SILENT_MS);
      await ping(key);
    }
    // Nobody will call any more, and that is no alarm.
    if (pace.isOver) await client.api('POST', `/api/v1/monitors/${id}/pause`, {});
  };

  pace.often(perSecond * (1 - RUN_SHARE), () => success(pick(chance, scene.steady)));
  pace.often((perSecond * RUN_SHARE) / PINGS_OF_A_RUN, run);
  for (const monitor of scene.flapping) pace.inTurn(() => flap(monitor));
  for (const monitor of scene.silencing) pace.inTurn(() => fallSilent(monitor));
}
