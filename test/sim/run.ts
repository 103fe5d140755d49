/**
 * `npm run sim -- --seed N --days D --monitors M [--nodes K] [--seeds COUNT] [--timeline MONITOR]`: simulates, audits,
 * prints a report, and exits 1 where something is not as promised.
 */
import { parseArgs } from 'node:util';
import { makeTemplate, startTestServer } from '../harness/postgres.ts';
import { eachSeed, runSeed } from './seed.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    monitors: { type: 'string', default: '20' },
    nodes: { type: 'string', default: '2' },
    timeline: { type: 'string' },
  },
});
const numbers = { days: Number(values.days), monitors: Number(values.monitors), nodes: Number(values.nodes) };
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
  await eachSeed(seeds, async (seed) => {
    const { text, isWell } = await runSeed(server.connection, { ...numbers, seed }, shown);
    process.stdout.write(`${text}\n`);
    if (!isWell) failed += 1;
  });
} finally {
  await server.stop();
}
process.exitCode = failed === 0 ? 0 : 1;
