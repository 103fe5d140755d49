import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keeps what Node made of our modules (types stripped, compiled) in the data folder, where bin/allswell could not yet
 * know it (it does not read .env). Call it before the modules are loaded. The data folder must be there already:
 * whether and where to make it is not decided here, so the very first start may go without. A cache that cannot be
 * used is no reason to stop.
 */
export function useCompileCache(dataDir: string): void {
  if (existsSync(dataDir)) enableCompileCache(join(dataDir, 'compile-cache'));
}
