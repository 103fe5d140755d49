/**
 * `npm run kill-test [-- --seconds N --seed S --nodes N --only KIND,KIND --quiet]`: breaks real nodes on a real PostgreSQL while jobs
 * call them, then compares what was promised with what is there. Exit 0 only if all of it holds.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createChance, describeFault, FAULT_KINDS, onlyOf, planFaults } from './plan.ts';
import { MAX_SECONDS, runKillTest } from './supervisor.ts';

const DEFAULT_SECONDS = 60;
const MAX_SEED = 2 ** 31;
const MAX_NODES = 8;
/** Of the plan, which has no end. */
const SHOWN_FAULTS = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
    seed: { type: 'string', default: String(randomInt(MAX_SEED)) },
    nodes: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    quiet: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  console.error(`--${name} must be a whole number from 1 to ${max}`);
  process.exit(2);
}

const seconds = wholeNumber('seconds', values.seconds, MAX_SECONDS);
const seed = wholeNumber('seed', values.seed, MAX_SEED);
const nodes = wholeNumber('nodes', values.nodes, MAX_NODES);

const only = values.only.split(',').filter((kind) => kind !== '');
const unknown = only.find((kind) => !FAULT_KINDS.some((known) => known === kind));
if (unknown !== undefined) {
  console.error(`--only takes ${FAULT_KINDS.join(', ')}; "${unknown}" is none of them`);
  process.exit(2);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // In order: PostgreSQL and the nodes are ended, the folder is removed. A second one does not hurry it.
  process.on(signal, () => stopping.abort());
}

const repeat = `npm run kill-test -- --seconds ${seconds} --seed ${seed} --nodes ${nodes}${only.length === 0 ? '' : ` --only ${only.join(',')}`}`;
console.log(`kill test: ${nodes} nodes, faults for ${seconds} s, seed ${seed}. Again: ${repeat}`);
const newPlan = () => onlyOf(planFaults(createChance(createChance(seed)() * 2 ** 32), nodes), only);
let shown = 0;
for (const fault of newPlan()) {
  if (shown >= SHOWN_FAULTS) break;
  shown += 1;
  console.log(`${String(shown).padStart(4)}. ${describeFault(fault)}`);
}

const result = await runKillTest({
  seconds,
  seed,
  nodes,
  plan: newPlan(),
  signal: stopping.signal,
  tell: (line) => {
    if (!values.quiet) console.log(line);
  },
});
console.log(`\nfaults: ${JSON.stringify(result.faults)}\nlooked at: ${JSON.stringify(result.counts)}`);
if (stopping.signal.aborted) {
  console.log('called off, nothing was audited');
  process.exitCode = 130;
} else if (result.violations.length > 0) {
  if (values.quiet) for (const line of result.timeline) console.log(line);
  console.log(`\n${result.violations.length} violations with seed ${seed}:`);
  for (const violation of result.violations) console.log(`  ${violation}`);
  console.log(`again: ${repeat}`);
  process.exitCode = 1;
} else {
  console.log('all promises held');
}
// Jobs of a test that was called off may still wait for an answer.
process.exit();
