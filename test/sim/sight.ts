import type { Database } from '../../src/store/database.ts';
import type { Cluster } from './cluster.ts';
import type { SeenGap } from './ledger.ts';
import type { Watching } from './oracle/story.ts';
import type { Timeline } from './timeline.ts';

/** What can be seen from outside while it happens: when somebody watched, and which gaps were recorded when. */
export interface Sight {
  readonly watching: readonly Watching[];
  readonly gaps: readonly SeenGap[];
  /** True times in which no node could take a ping. */
  readonly outages: readonly { from: number; to: number }[];
  /** A node has written gaps: they are looked at once it has come to rest. */
  noteGapsChanged(): void;
  /** Called at rest, after every instant. */
  look(): Promise<void>;
}

export function createSight(timeline: Timeline, cluster: Cluster, database: Database): Sight {
  const watching: { from: number; to: number; offset: number }[] = [];
  const outages: { from: number; to: number }[] = [];
  const gaps: SeenGap[] = [];
  const current = new Map<string, SeenGap>();
  let areGapsDirty = false;
  let wasWatching = false;
  let tookPings = true;

  const readGaps = async () => {
    const rows = await database.query<{ id: string; kind: string; from_at: number; to_at: number }>({
      name: 'sim_gaps',
      text: 'SELECT id, kind, from_at, to_at FROM gap ORDER BY id',
    });
    const now = timeline.now();
    for (const { id, kind, from_at: from, to_at: to } of rows) {
      const known = current.get(id);
      if (known !== undefined && known.from === from && known.to === to) continue;
      if (known !== undefined) known.knownUntil = now;
      const seen = { id, kind, from, to, knownFrom: now, knownUntil: Number.POSITIVE_INFINITY };
      current.set(id, seen);
      gaps.push(seen);
    }
  };

  return {
    watching,
    gaps,
    outages,
    noteGapsChanged() {
      areGapsDirty = true;
    },
    async look() {
      const now = timeline.now();
      const isWatching = cluster.isWatching();
      const offset = cluster.serverNow() - now;
      const last = watching.at(-1);
      if (wasWatching && last !== undefined) last.to = now;
      if (isWatching && (!wasWatching || last === undefined || last.offset !== offset)) {
        watching.push({ from: now, to: now, offset });
      }
      wasWatching = isWatching;
      const takesPings = cluster.takesPings();
      const outage = outages.at(-1);
      if (!takesPings && tookPings) outages.push({ from: now, to: now });
      else if (!tookPings && outage !== undefined) outage.to = now;
      tookPings = takesPings;
      if (areGapsDirty) {
        areGapsDirty = false;
        await readGaps();
      }
    },
  };
}
