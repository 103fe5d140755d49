import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, EXIT } from './output.ts';

/** Reads `.env` of the working folder; what the environment says already wins. A CommandError when it cannot be read. */
export function loadEnvironment(workingDir: string): void {
  const path = join(workingDir, '.env');
  if (!existsSync(path)) return;
  try {
    process.loadEnvFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} cannot be read: ${why}`, EXIT.misused);
  }
}
