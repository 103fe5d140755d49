import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Queryable, Transaction } from './database.ts';

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  readonly timezone: string;
  readonly pingKey: string;
  /** How often an open incident that nobody took on is told again; null: never. */
  readonly reminderEverySeconds: number | null;
  readonly createdAt: Instant;
}

/** A team as it is made. */
export type NewTeam = Omit<Team, 'reminderEverySeconds'>;

/** What every reading of a team selects. */
export const TEAM_COLUMNS = 'id, name, language, timezone, ping_key, reminder_every_seconds, created_at';

export interface TeamRow extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  readonly timezone: string;
  readonly ping_key: string;
  readonly reminder_every_seconds: number | null;
  readonly created_at: Instant;
}

export function teamOf(row: TeamRow): Team {
  const { ping_key, reminder_every_seconds, created_at, ...rest } = row;
  return { ...rest, pingKey: ping_key, reminderEverySeconds: reminder_every_seconds, createdAt: created_at };
}

export async function insertTeam(tx: Transaction, team: NewTeam): Promise<void> {
  await tx.query(
    {
      name: 'insert_team',
      text: 'INSERT INTO team (id, name, language, timezone, ping_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
    },
    [team.id, team.name, team.language, team.timezone, team.pingKey, team.createdAt],
  );
}

export async function findTeam(db: Queryable, id: string): Promise<Team | null> {
  const [row] = await db.query<TeamRow>({ name: 'find_team', text: `SELECT ${TEAM_COLUMNS} FROM team WHERE id = $1` }, [
    id,
  ]);
  return row === undefined ? null : teamOf(row);
}

/** The team that was made first: the one that scripted installs and open dialects mean. */
export async function findFirstTeam(db: Queryable): Promise<Team | null> {
  const [row] = await db.query<TeamRow>({
    name: 'find_first_team',
    text: `SELECT ${TEAM_COLUMNS} FROM team ORDER BY created_at, id LIMIT 1`,
  });
  return row === undefined ? null : teamOf(row);
}

export async function findTeamByPingKey(db: Queryable, pingKey: string): Promise<Team | null> {
  const [row] = await db.query<TeamRow>(
    { name: 'find_team_by_ping_key', text: `SELECT ${TEAM_COLUMNS} FROM team WHERE ping_key = $1` },
    [pingKey],
  );
  return row === undefined ? null : teamOf(row);
}

export async function updateTeam(
  tx: Queryable,
  id: string,
  change: Pick<Team, 'name' | 'language' | 'timezone' | 'reminderEverySeconds'>,
): Promise<void> {
  await tx.query(
    {
      name: 'update_team',
      text: 'UPDATE team SET name = $2, language = $3, timezone = $4, reminder_every_seconds = $5 WHERE id = $1',
    },
    [id, change.name, change.language, change.timezone, change.reminderEverySeconds],
  );
}

export async function setTeamPingKey(db: Queryable, id: string, pingKey: string): Promise<void> {
  await db.query({ name: 'set_team_ping_key', text: 'UPDATE team SET ping_key = $2 WHERE id = $1' }, [id, pingKey]);
}

/** The next number for a monitor that another system's interface knows by number; never given twice, also after a deletion. */
export async function takeOriginNumber(tx: Transaction, id: string): Promise<number> {
  const [row] = await tx.query<{ number: number }>(
    {
      name: 'take_origin_number',
      text: 'UPDATE team SET origin_count = origin_count + 1 WHERE id = $1 RETURNING origin_count AS number',
    },
    [id],
  );
  if (row === undefined) throw new Error(`the team ${id} is gone`);
  return row.number;
}

/** Waits for everybody else who changes what belongs to this team as a whole; held to the end of the transaction. */
export async function lockTeam(tx: Transaction, id: string): Promise<void> {
  await tx.query({ name: 'lock_team', text: 'SELECT id FROM team WHERE id = $1 FOR UPDATE' }, [id]);
}
