/** Installs what tests need that npm does not bring: a Chromium, from Debian's packages. Without it they are skipped. */
import { spawnSync } from 'node:child_process';
import { findChromium } from './harness/browser.ts';

const LIMIT_MS = 5 * 60_000;

function run(command: string, ...given: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, given, { stdio: 'inherit', env, timeout: LIMIT_MS }).status === 0;
}

const found = findChromium();
if (found !== null) {
  console.log(`there is a Chromium already: ${found}`);
} else if (process.getuid?.() === 0 && run('apt-get', '--version')) {
  run('apt-get', 'update', '-qq');
  const isInstalled = run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium');
  if (!isInstalled) console.log('chromium could not be installed');
  process.exit(isInstalled ? 0 : 1);
} else {
  console.log('install Chromium or Chrome, so that one of these is in the PATH: chromium, google-chrome');
  process.exit(1);
}
