/**
 * `npm run sim -- --seed N --days D --monitors M [--nodes K] [--seeds COUNT] [--timeline MONITOR]`: simulates, audits,
 * prints a report, and exits 1 where something is not as promised. `--year`: 365 days of 100 monitors, of which 70 are
 * daily, 25 hourly, and 5 come every few minutes.
 */
import { parseArgs } from 'node:util';
import { makeTemplate, startTestServer } from '../harness/postgres.ts';
import { tellStories } from './workers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    monitors: { type: 'string', default: '20' },
    nodes: { type: 'string', default: '2' },
    timeline: { type: 'string' },
    year: { type: 'boolean', default: false },
  },
});
const size = values.year
  ? { days: 365, monitors: 100 }
  : { days: Number(values.days), monitors: Number(values.monitors) };
const numbers = { ...size, nodes: Number(values.nodes) };
const server = await startTestServer();
let failed = 0;
// Whoever loses patience leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.stop().finally(() => process.exit(1)));
}
try {
  await makeTemplate(server);
  const shown = values.timeline === undefined ? null : Number(values.timeline);
  const first = Number(values.seed);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
  const task = { ...numbers, server: server.connection, shownMonitor: shown };
  await tellStories(task, seeds, ({ text, isWell }) => {
    process.stdout.write(`${text}\n`);
    if (!isWell) failed += 1;
  });
} finally {
  await server.stop();
}
process.exitCode = failed === 0 ? 0 : 1;
