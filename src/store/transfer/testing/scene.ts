import fc from 'fast-check';
import { cloneTemplate, dropDatabase } from '../../../../test/harness/database.ts';
import { createFixtures, type Fixtures, pingOf, sql, testSealer } from '../../../../test/harness/fixtures.ts';
import { open, type SocketConnection, testLogger } from '../../../../test/harness/postgres.ts';
import type { VirtualClock } from '../../../../test/harness/virtual-clock.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/instant.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createDefinitionCache } from '../../../watch/definitions.ts';
import { createIngest } from '../../../watch/ingest.ts';
import { writeRecord } from '../../../watch/journal-record.ts';
import { createWakeLoop } from '../../../watch/wake.ts';
import { hashApiKey, insertApiKey } from '../../api-keys.ts';
import type { Database } from '../../database.ts';
import { recordGap } from '../../gaps.ts';
import { writeInstall } from '../../install.ts';
import { claimLease } from '../../leases.ts';
import { registerNode } from '../../nodes.ts';
import { makePartitions } from '../../partitions.ts';
import { appendToJournal, readKeyEpoch } from '../../ping-journal.ts';
import { insertSummaryIssue, saveSummarySchedule } from '../../summary-schedules.ts';
import { insertTelegramLink } from '../../telegram-links.ts';
import { type ExportOptions, type ExportSummary, exportDatabase } from '../export.ts';
import { type ImportOptions, importDatabase } from '../import.ts';
import type { TransferOutcome } from '../outcome.ts';
import { SECRET_CHECK } from '../secrets.ts';
import { TRANSFER_TABLES } from '../tables.ts';

/** A test, or whatever else ends and cleans up then. */
export interface Scope {
  after(end: () => Promise<void>): void;
}

/** A database of its own, gone after the test. */
export async function anotherDatabase(t: Scope, beside: SocketConnection, isEmpty = false) {
  const connection = await cloneTemplate(beside);
  const database = open(connection);
  t.after(async () => {
    await database.close();
    await dropDatabase(connection);
  });
  if (isEmpty) await sql(database, 'DROP SCHEMA public CASCADE');
  if (isEmpty) await sql(database, 'CREATE SCHEMA public');
  return { connection, database };
}

/** The whole file as text, and what the export answered. */
export async function exportText(
  connection: SocketConnection,
  options: Partial<ExportOptions> = {},
): Promise<{ text: string; outcome: TransferOutcome<ExportSummary> }> {
  let text = '';
  const outcome = await exportDatabase({
    connection,
    history: true,
    sealer: testSealer,
    product: '0.0.0-test',
    clock: systemClock,
    write: async (chunks) => {
      for await (const chunk of chunks) text += chunk;
    },
    ...options,
  });
  return { text, outcome };
}

/** The text in pieces of an awkward size, so that lines and characters are cut anywhere. */
export async function* inPieces(bytes: Buffer | string, size = 1_009): AsyncGenerator<Buffer> {
  const buffer = Buffer.from(bytes);
  for (let from = 0; from < buffer.length; from += size) yield buffer.subarray(from, from + size);
}

export function importText(connection: SocketConnection, text: Buffer | string, options: Partial<ImportOptions> = {}) {
  return importDatabase({
    connection,
    input: inPieces(text, 65_536),
    keys: { current: testSealer, old: null },
    replace: false,
    clock: systemClock,
    ...options,
  });
}

const wholeRows = (table: string) => `SELECT t::text AS row FROM ${table} t ORDER BY t::text COLLATE "C"`;

const CONTENTS: Readonly<Record<string, string>> = {
  status_change: `SELECT monitor_id || ' ' || at || ' ' || status AS row FROM status_change ORDER BY monitor_id, at, id`,
  // A node that lived there does not live here.
  node: `SELECT (to_jsonb(t) || jsonb_build_object('stopped_at', coalesce(stopped_at, seen_at)))::text AS row
    FROM node t ORDER BY id`,
};

/** Everything in every table that travels, each table in an order of its own; numbers given by the database left out. */
export async function contents(database: Database): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const { name } of TRANSFER_TABLES) {
    const rows = await sql<{ row: string }>(database, CONTENTS[name] ?? wholeRows(name));
    all[name] = rows.map((row) => row.row);
  }
  return all;
}

/** Texts that break what can be broken: quotes, backslashes, newlines, emoji; without NUL, which no text column takes. */
export function awkwardTexts(count: number, seed: number): string[] {
  const text = fc
    .oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ unit: 'binary-ascii', maxLength: 40 }))
    .map((given) => given.replaceAll('\0', ''));
  return fc.sample(text, { numRuns: count, seed });
}

/** A weekly summary that goes to one channel, and one that was made. */
async function liveSummary(
  database: Database,
  { newId }: Pick<Fixtures, 'newId'>,
  teamId: string,
  channelId: string,
  now: number,
): Promise<void> {
  const timetable = { teamId, kind: 'weekly', weekday: 'monday', time: '09:00', timezone: 'Europe/Moscow' } as const;
  const schedule = { ...timetable, enabled: true, channelIds: [channelId], nextAt: now + DAY_MS };
  const issue = { id: newId(), teamId, kind: 'weekly', from: now - 7 * DAY_MS, to: now } as const;
  await database.transaction(async (tx) => {
    await saveSummarySchedule(tx, schedule, now);
    await insertSummaryIssue(tx, issue, now, 0);
  });
}

/**
 * Lets a database live for a while: monitors of all sorts, pings with bodies, runs, incidents with their notices, gaps,
 * keys. What happens is drawn from `seed`.
 */
export async function live(database: Database, clock: VirtualClock, seed: number, monitorCount = 12): Promise<void> {
  const make = createFixtures(() => database, clock);
  const texts = awkwardTexts(400, seed);
  let drawn = seed;
  const draw = (below: number) => {
    drawn = (drawn * 48_271) % 2_147_483_647;
    return drawn % below;
  };
  const text = () => texts[draw(texts.length)] ?? '';
  await writeInstall(
    database,
    SECRET_CHECK.name,
    testSealer.seal('all is well', SECRET_CHECK.context).toString('base64'),
  );
  await makePartitions(database, clock.now());
  const node = { id: make.newId(), host: text(), pid: 7, roles: ['web', 'watch'] as const };
  await database.transaction((tx) => registerNode(tx, node, clock.now()));
  const definitions = createDefinitionCache();
  const parts = { database, definitions, clock, newId: make.newId, logger: testLogger };
  const ingest = createIngest({
    nodeId: make.newId(),
    ...parts,
    onRefused: () => undefined,
    unrecordedGap: () => null,
  });
  const wake = createWakeLoop({
    ...parts,
    canJudge: () => true,
    oldestPendingAt: () => null,
    settleAll: async () => null,
  });
  const team = await make.team(`team ${text()}`);
  await sql(database, 'INSERT INTO lease (name, node_id, until, fence) VALUES ($1, $2, 1, 1)', [
    text() || 'lease',
    node.id,
  ]);
  await sql(
    database,
    'INSERT INTO telegram_link (id, team_id, name, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, 1, 2)',
    [make.newId(), team.id, text(), `hash ${seed}`],
  );
  const channels = [await make.channel(team.id), await make.channel(team.id, { url: `http://hook.test/${text()}` })];
  await liveSummary(database, make, team.id, channels[0]?.id ?? '', clock.now());
  const keyRow = {
    id: make.newId(),
    teamId: team.id,
    name: text(),
    scope: 'write' as const,
    createdAt: clock.now(),
    expiresAt: null,
  };
  const link = { id: make.newId(), teamId: team.id, name: text(), createdAt: clock.now(), expiresAt: clock.now() + 1 };
  await database.transaction((tx) => insertTelegramLink(tx, link, `hash of ${seed}`));
  await claimLease(database, 'a work', node.id, clock.now(), clock.now() + 1);
  await insertApiKey(database, keyRow, hashApiKey(`aw_${seed}`));
  await people(database, team.id, make.newId(), text());
  const monitors = [];
  for (let i = 0; i < monitorCount; i += 1) {
    const isProcess = draw(3) === 0;
    monitors.push(
      await make.monitor(team.id, {
        name: `job ${i} ${text()}`,
        kind: isProcess ? 'process' : 'heartbeat',
        ...(draw(4) === 0 ? { cron: '*/15 * * * *' } : { periodSeconds: 60 * (1 + draw(30)) }),
        ...(isProcess ? { maxRunSeconds: 600 } : { graceSeconds: draw(120) }),
        ...(draw(3) === 0 ? { channels: channels.slice(0, 1).map((channel) => channel.id) } : {}),
      }),
    );
  }
  const [gateway, ...behind] = monitors;
  const site = { id: make.newId(), gateway: gateway?.id };
  await sql(
    database,
    'INSERT INTO site (id, team_id, name, gateway_monitor_id, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, 1)',
    [site.id, team.id, text(), site.gateway],
  );
  await sql(
    database,
    `INSERT INTO maintenance (id, team_id, name, from_at, to_at, all_monitors, monitor_ids, tags, site_ids, created_at,
        updated_at) VALUES ($1, $2, $3, 1, 2, false, ARRAY[$4::uuid], ARRAY[$3::text], '{}', 1, 1)`,
    [make.newId(), team.id, text(), site.id],
  );
  await sql(
    database,
    `INSERT INTO status_page (id, team_id, slug, title, intro, language, timezone, is_public, groups, announcements,
        logo, logo_type, created_at, updated_at)
      VALUES ($1, $2, $3, $4, '', 'ru', 'UTC', true, '[]', '[]', '\\x0001'::bytea, 'image/png', 1, 1)`,
    [make.newId(), team.id, `page-${seed}`, text()],
  );
  for (const { id } of behind.slice(0, 2)) {
    await sql(database, 'INSERT INTO site_member (monitor_id, site_id) VALUES ($1, $2)', [id, site.id]);
  }
  for (let round = 0; round < 8; round += 1) {
    for (const monitor of monitors) {
      if (draw(5) === 0) continue;
      const kind = (['success', 'success', 'fail', 'start', 'log'] as const)[draw(5)] ?? 'success';
      const body = draw(3) === 0 ? Buffer.from(`${text()}\0\xff`, 'latin1') : null;
      const change = {
        kind,
        body,
        bodySize: body?.length ?? 0,
        userAgent: text(),
        runId: draw(4) === 0 ? `${'0'.repeat(8)}-0000-4000-8000-${String(draw(9)).repeat(12)}` : null,
        idempotencyKey: draw(6) === 0 ? `key-${draw(1_000_000)}` : null,
      };
      await ingest.accept(pingOf(monitor.key, clock.now(), change));
    }
    clock.advance(round === 4 ? DAY_MS : 7 * MINUTE_MS);
    await makePartitions(database, clock.now());
    await wake.look();
  }
  await sql(
    database,
    `INSERT INTO incident_response (id, incident_id, kind, at, person, note, until)
      SELECT $1, id, 'snoozed', $2::bigint, $3, '', $2::bigint + 1 FROM incident ORDER BY id LIMIT 1`,
    [make.newId(), clock.now(), text()],
  );
  const gap = {
    id: make.newId(),
    kind: 'ingest' as const,
    nodeId: node.id,
    from: clock.now() - HOUR_MS,
    to: clock.now(),
    reason: text(),
  };
  await database.transaction((tx) => recordGap(tx, gap));
  const [heard] = monitors;
  if (heard !== undefined) await leaveInJournal(database, heard.id, clock.now());
}

/** What a node that was killed has acknowledged and not folded. */
async function leaveInJournal(database: Database, monitorId: string, at: Instant): Promise<void> {
  const ping = { ...pingOf(null, at), userAgent: 'left behind' };
  const row = { nodeId: monitorId, n: 7, firstReceivedAt: at, pings: writeRecord([{ monitorId, ping }]) };
  await appendToJournal(database, row, await readKeyEpoch(database));
}

/** Somebody with everything that belongs to a person. */
async function people(database: Database, teamId: string, id: string, text: string): Promise<void> {
  const at = '2026-11-21T12:00:00.123Z';
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    [
      `INSERT INTO auth_user (id, name, email, "emailVerified", "createdAt", "updatedAt", "twoFactorEnabled")
        VALUES ($1, $2, $1, true, $3, $3, true)`,
      [id, text, at],
    ],
    [
      `INSERT INTO auth_account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
        VALUES ($1, $1, 'credential', $1, 'hash', $2, $2)`,
      [id, at],
    ],
    [
      `INSERT INTO auth_two_factor (id, secret, "backupCodes", "userId", verified) VALUES ($1, 's', 'b', $1, true)`,
      [id],
    ],
    [
      `INSERT INTO auth_passkey (id, "publicKey", "userId", "credentialID", counter, "deviceType", "backedUp")
        VALUES ($1, 'k', $1, 'c', 0, 'singleDevice', false)`,
      [id],
    ],
    [`INSERT INTO member (team_id, user_id, role, joined_at) VALUES ($1, $2, 'owner', 1)`, [teamId, id]],
    [
      `INSERT INTO invitation (id, team_id, email, role, invited_by, token_hash, created_at, expires_at)
        VALUES ($2, $1, 'guest@example.com', 'member', $3, '\\xc0ffee', 1, 2)`,
      [teamId, id, text],
    ],
    [
      `INSERT INTO audit (id, team_id, at, actor_kind, actor_id, actor_name, action, target_kind, changes)
        VALUES ($2, $1, 1, 'person', 'x', $3, 'team.update', 'team', '{"name": {"before": null, "after": "n"}}')`,
      [teamId, id, text],
    ],
  ];
  for (const [statement, values] of rows) await sql(database, statement, values);
}
