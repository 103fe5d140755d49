import type { Queryable } from './database.ts';

/** Facts that this install keeps about itself, by name. */
export async function readInstall(db: Queryable, name: string): Promise<string | null> {
  const [row] = await db.query<{ value: string }>(
    { name: 'read_install', text: 'SELECT value FROM install WHERE name = $1' },
    [name],
  );
  return row?.value ?? null;
}

/** Writes a fact unless it is there already; answers whether it was written: of several nodes one is the first. */
export async function claimInstall(db: Queryable, name: string, value: string): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'claim_install',
      text: 'INSERT INTO install (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name',
    },
    [name, value],
  );
  return rows.length > 0;
}

export async function writeInstall(db: Queryable, name: string, value: string): Promise<void> {
  await db.query(
    {
      name: 'write_install',
      text: 'INSERT INTO install (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    },
    [name, value],
  );
}

/** Takes a fact away; answers whether it was there, so that a one-time link works one time. */
export async function takeInstall(db: Queryable, name: string, value: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'take_install', text: 'DELETE FROM install WHERE name = $1 AND value = $2 RETURNING name' },
    [name, value],
  );
  return rows.length > 0;
}
