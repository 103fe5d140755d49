/**
 * Sends generated and mutated requests to a node for a while: `npm run fuzz -- --seed 7 --seconds 60`. What is wrong is
 * printed with the number of its case; `--seed 7 --case 123` sends that one again.
 */
import { parseArgs } from 'node:util';
import { makeTemplate, startTestServer } from '../harness/postgres.ts';
import { type Finding, fuzz } from './fuzz.ts';
import { createScene } from './scene.ts';

const SHOWN_BYTES = 2_000;

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string' }, case: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(performance.timeOrigin) % 1_000_000);
const seconds = Number(values.seconds ?? 60);
const only = values.case === undefined ? {} : { only: Number(values.case) };

function show({ case: number, what }: Finding, bytes: Buffer | null): void {
  console.log(`\nWRONG ${number === null ? '' : `case ${number}: `}${what}`);
  if (bytes !== null)
    console.log(`  ${bytes.length} bytes: ${JSON.stringify(bytes.toString('latin1').slice(0, SHOWN_BYTES))}`);
  if (number !== null) console.log(`  again: npm run fuzz -- --seed ${seed} --case ${number}`);
}

console.log(`seed ${seed}, ${seconds} s`);
const server = await startTestServer();
try {
  await makeTemplate(server);
  const scene = await createScene(server.connection);
  try {
    const outcome = await fuzz({ scene, seed, seconds, ...only, onFinding: show });
    const statuses = [...outcome.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    console.log(`\n${outcome.cases} cases, ${outcome.findings.length} wrong; answers ${statuses.join(', ')}`);
    console.log(
      `memory grew by ${outcome.growthBytes} bytes; the event loop was held up for ${Math.round(outcome.longestBlockMs)} ms at the most`,
    );
    for (const { case: number, name, tookMs } of outcome.slowest)
      console.log(`  ${Math.round(tookMs)} ms: case ${number}, ${name.slice(0, 150)}`);
    process.exitCode = outcome.findings.length === 0 ? 0 : 1;
  } finally {
    await scene.end();
  }
} finally {
  await server.stop();
}
