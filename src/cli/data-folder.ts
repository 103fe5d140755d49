import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_FILE } from '../accounts/first-start.ts';
import type { Config } from '../config.ts';
import { chooseDataDir, type DataDirChoice, ROOT_DATA_DIR } from '../store/postgres/data-dir.ts';
import type { Outcome } from '../store/postgres/errors.ts';

/**
 * The data folder in force, the same for the server and for every command. With a PostgreSQL of your own no other user
 * has to enter it; but where the one of ours was before, in a place that root did not choose, the keys still are.
 */
export async function dataFolder(
  { databaseUrl, dataDir, dataDirGiven }: Pick<Config, 'databaseUrl' | 'dataDir' | 'dataDirGiven'>,
  fallback = ROOT_DATA_DIR,
): Promise<Outcome<DataDirChoice>> {
  const wish = { wanted: dataDir, explicit: dataDirGiven, fallback };
  if (databaseUrl === null) return chooseDataDir(wish);
  const asked = { ok: true, value: { dataDir, note: null } } as const;
  if (dataDirGiven || existsSync(join(dataDir, SECRET_FILE))) return asked;
  const chosen = await chooseDataDir(wish);
  if (!chosen.ok || !existsSync(join(chosen.value.dataDir, SECRET_FILE))) return asked;
  return { ok: true, value: { dataDir: chosen.value.dataDir, note: null } };
}
