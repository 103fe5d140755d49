/**
 * `npm run bench:web [-- name …] [--seconds n] [--json file]`: the numbers of the dashboard in docs/performance.md, in the
 * system's Chromium against the real product. Exits 1 when a target is missed, 2 when it was misused.
 */
import { runBenchmarks } from '../main.ts';
import { dashboards } from './dashboards.ts';
import { firstLoadBenchmark } from './first-load.ts';
import { live } from './live.ts';
import { overview } from './overview.ts';

process.exitCode = await runBenchmarks('bench:web', [overview, live, dashboards, firstLoadBenchmark]);
