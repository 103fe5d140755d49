/**
 * `npm run bench [-- name …] [--seconds n] [--json file] [--images folder]`: the numbers of docs/performance.md. Each
 * benchmark starts the real product with its own PostgreSQL in a fresh folder. Exits 1 when a target is missed, 2 when it
 * was misused.
 */
import { connections } from './connections.ts';
import { deadlines } from './deadlines.ts';
import { footprint } from './footprint.ts';
import { gocron, gocronPings } from './gocron.ts';
import { limits } from './limits.ts';
import { runBenchmarks } from './main.ts';
import { monitors } from './monitors.ts';
import { nodes } from './nodes.ts';
import { pings } from './pings.ts';
import { silence } from './silence.ts';

process.exitCode = await runBenchmarks('bench', [
  pings,
  gocron,
  gocronPings,
  deadlines,
  silence,
  footprint,
  monitors,
  connections,
  nodes,
  limits,
]);
