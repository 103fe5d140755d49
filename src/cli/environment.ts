import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Reads `.env` of the working folder; what the environment says already wins. */
export function loadEnvironment(workingDir: string): void {
  const path = join(workingDir, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}
