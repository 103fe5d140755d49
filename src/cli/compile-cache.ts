import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { dataFolder } from './data-folder.ts';

/**
 * Keeps what Node made of our modules (types stripped, compiled) in the data folder, where bin/allswell could not yet
 * know it (it does not read .env). Call it before the modules are loaded. The data folder must be there already:
 * whether and where to make it is not decided here, so the very first start may go without. A cache that cannot be
 * used is no reason to stop.
 */
export async function useCompileCache({ ALLSWELL_DATA: given, DATABASE_URL: url }: NodeJS.ProcessEnv): Promise<void> {
  const wish = { databaseUrl: url || null, dataDir: resolve(given || 'data'), dataDirGiven: Boolean(given) };
  const folder = await dataFolder(wish);
  const dataDir = folder.ok ? folder.value.dataDir : wish.dataDir;
  if (existsSync(dataDir)) enableCompileCache(join(dataDir, 'compile-cache'));
}
