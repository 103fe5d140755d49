/**
 * Builds the dashboard into web/dist; `npm ci` runs it. Where the packages that build it were left out (npm ci
 * --omit=dev) it says so and is no error: the server runs without its pages, or with those that are already there.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

if (existsSync(join(root, 'node_modules/vite')) && existsSync(join(root, 'node_modules/react'))) {
  const { build } = await import('vite');
  await build({ configFile: join(import.meta.dirname, 'vite.config.ts'), logLevel: 'warn' });
} else {
  console.log('allswell: the dashboard is not built here, the packages for it were left out');
}
