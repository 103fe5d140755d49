import { createHash } from 'node:crypto';
import { ID_SQL } from '../keys.ts';
import type { Product } from '../product.ts';
import { seedMonitors } from '../seed.ts';

/** As the target has it. */
export const MONITORS = 5_000;
const DOWN = 12;
/** Results of each monitor, so that every strip of the list has something to show. */
const RESULTS = 40;
const PERIOD_SECONDS = 3_600;

const TOKEN = 'a'.repeat(43);
const OWNER = { name: 'Anna', email: 'anna@example.com', password: 'a long password' };

/** Fills the first team: monitors of both kinds with names, tags and a past, a few of them down. */
export async function fillTeam({ query, ...product }: Product): Promise<void> {
  await seedMonitors(
    { ...product, query },
    {
      first: 0,
      count: MONITORS,
      periodSeconds: PERIOD_SECONDS,
      graceSeconds: 600,
      dueAtSql: 'extract(epoch FROM now()) * 1000 + 600000 + i * 500',
    },
  );
  await query('SET session_replication_role = replica');
  const split = `('x' || right(m.id::text, 8))::bit(32)::int`;
  await query(`UPDATE monitor m SET
    name = (ARRAY['nightly backup', 'report export', 'cache warm-up', 'invoice run', 'log rotation'])[${split} % 5 + 1]
      || ' ' || ${split},
    description = 'runs on host-' || ${split} % 40,
    tags = ARRAY['team-' || ${split} % 12, (ARRAY['production', 'staging'])[${split} % 2 + 1], 'cron']`);
  await query(
    `INSERT INTO signal (monitor_id, n, received_at, at, kind, method, remote_addr, user_agent)
      SELECT m.id, r, at, at, 'success', 'GET', '192.0.2.1', 'curl/8.5.0' FROM generate_series(1, $1::int) AS r,
        LATERAL (SELECT m.id, s.last_signal_at - ($1::int - r) * $2::bigint AS at
          FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id) AS m`,
    [RESULTS, PERIOD_SECONDS * 1_000],
  );
  await query('UPDATE monitor_state SET signal_count = $1', [RESULTS]);
  await query(
    `WITH fallen AS (
        INSERT INTO incident (id, team_id, monitor_id, cause_code, cause_data, opened_at, detected_at)
        SELECT gen_random_uuid(), m.team_id, m.id, 'missed', jsonb_build_object('lastSuccessAt', s.last_success_at,
          'timezone', null, 'blind', '[]'::jsonb, 'expectedAt', s.expected_at, 'graceSeconds', 600, 'foundLateMs', null),
          s.last_signal_at, s.last_signal_at
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id ORDER BY m.id DESC LIMIT $1
        RETURNING id, monitor_id, opened_at)
      UPDATE monitor_state s SET status = 'down', incident_id = f.id, incident_code = 'missed',
        incident_opened_at = f.opened_at, incident_status_before = 'up', wake_at = NULL
      FROM fallen f WHERE s.monitor_id = f.monitor_id`,
    [DOWN],
  );
  await query('SET session_replication_role = origin');
  for (const table of ['monitor', 'monitor_state', 'signal', 'incident']) await query(`VACUUM (ANALYZE) ${table}`);
}

/** The ping key of the seeded monitor `index`, in the order of the ids. */
export async function keyOf({ query }: Product, index: number): Promise<{ id: string; key: string; name: string }> {
  const [row] = await query<{ id: string; key: string; name: string }>(
    `SELECT m.id, m.ping_key AS key, m.name FROM monitor m WHERE m.id = (SELECT ${ID_SQL} FROM (SELECT $1::bigint AS i) v)`,
    [index],
  );
  if (row === undefined) throw new Error(`there is no monitor ${index}`);
  return row;
}

/** The owner of the first team, signed in: what a browser keeps of it. */
export async function signInOwner({ query, host, port }: Product): Promise<{ name: string; value: string }[]> {
  const hash = createHash('sha256').update(TOKEN).digest('hex');
  await query(`UPDATE install SET value = $1 WHERE name = 'setup_token'`, [hash]);
  const answer = await fetch(`http://${host}:${port}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `http://localhost:${port}` },
    body: JSON.stringify({ token: TOKEN, ...OWNER }),
  });
  if (answer.status !== 201) throw new Error(`the owner could not be made: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie().map((line) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    return { name, value };
  });
}
