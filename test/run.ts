/**
 * Runs the tests: one PostgreSQL for all files, then Node's own test runner. `--long` takes the long tests
 * (`*.long.test.ts`) instead of the others; any other argument is a pattern of files to run.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { makeTemplate, serverEnvironment, startTestServer } from './harness/postgres.ts';

const given = process.argv.slice(2);
const long = given.includes('--long');
const patterns = given.filter((argument) => !argument.startsWith('--'));
const files = globSync(
  patterns.length > 0 ? patterns : ['src/**/*.test.ts', 'test/**/*.test.ts', 'packaging/**/*.test.ts'],
)
  .filter((file) => patterns.length > 0 || file.endsWith('.long.test.ts') === long)
  .sort();

if (files.length === 0) {
  // Without files Node's runner would look for some by itself.
  console.log(`no ${long ? 'long ' : ''}tests match`);
  process.exit(long && patterns.length === 0 ? 0 : 1);
}

const server = await startTestServer();
await makeTemplate(server);
const concurrency = Math.max(2, availableParallelism());
const runner = spawn(process.execPath, ['--test', `--test-concurrency=${concurrency}`, ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...serverEnvironment(server) },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
runner.on('exit', async (code) => {
  await server.stop();
  process.exit(code ?? 1);
});
