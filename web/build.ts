/**
 * Builds the dashboard into web/dist; `npm ci` runs it. Where the packages that build it were left out (npm ci
 * --omit=dev) it says so and is no error: the server runs without its pages, or with those that are already there.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');

/** What is text is also left compressed as far as it goes, so that no server has to do it for each reader. */
function compress(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => /\.(js|css)$/.test(each))) {
    const body = readFileSync(join(folder, name));
    const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(body, brotli));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(body, { level: 9 }));
  }
}

if (existsSync(join(root, 'node_modules/vite')) && existsSync(join(root, 'node_modules/react'))) {
  const { build } = await import('vite');
  await build({ configFile: join(import.meta.dirname, 'vite.config.ts'), logLevel: 'warn' });
  compress(join(import.meta.dirname, 'dist/assets'));
} else {
  console.log('allswell: the dashboard is not built here, the packages for it were left out');
}
