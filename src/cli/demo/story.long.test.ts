/** The story that a demonstration tells: it ends where it should, at any hour, and the same seed tells it again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../../test/harness/database.ts';
import { sql, testSealer } from '../../../test/harness/fixtures.ts';
import { createChannelKinds } from '../../alerts/channels/registry.ts';
import type { Instant } from '../../core/instant.ts';
import { createChance, randomOf } from '../../platform/chance.ts';
import { createLogger } from '../../platform/logger.ts';
import { createOutboundDoor } from '../../platform/outbound/door.ts';
import { createIdSource } from '../../platform/random.ts';
import type { Database } from '../../store/database.ts';
import { within } from './one-transaction.ts';
import { pretend } from './pretend.ts';
import { STORY_MS } from './story.ts';
import { createStoryClock } from './story-clock.ts';
import { tellStory } from './tell.ts';

const MONDAY_AFTERNOON = Date.UTC(2026, 10, 30, 14, 10);
const SUNDAY_NIGHT = Date.UTC(2026, 2, 29, 1, 30);

async function tell(database: Database, seed: string, shownAt: Instant): Promise<void> {
  const clock = createStoryClock(shownAt - STORY_MS);
  const chance = createChance(seed);
  const random = randomOf(chance.fork('secrets'));
  const publicUrl = 'http://localhost:8080';
  const faults: string[] = [];
  const logger = createLogger({ level: 'error', format: 'text', clock, write: (line) => void faults.push(line) });
  const door = createOutboundDoor({ clock, privateTargets: false, ownPorts: [] });
  const telegram = { token: null, apiBase: 'https://api.telegram.org', proxyUrl: null };
  const kinds = createChannelKinds({ door, clock, logger, publicUrl, smtpUrl: null, mailFrom: null, telegram });
  const channelKinds = pretend(kinds, { chance: chance.fork('services'), shownAt, clock });
  const newId = createIdSource(clock, random);
  await database.transaction((tx) =>
    tellStory(
      {
        database: within(tx, database),
        clock,
        random,
        newId,
        sealer: testSealer,
        channelKinds,
        shownAt,
        chance,
        logger,
        publicUrl,
        unsubscribeUrl: (id) => `${publicUrl}/unsubscribe/${id}`,
      },
      'a password of the story',
    ),
  );
  await door.close();
  assert.deepEqual(faults, []);
}

const CONTENTS = `SELECT
  (SELECT md5(string_agg(format('%s %s %s %s', id, cause_code, opened_at, resolved_at), ',' ORDER BY id)) FROM incident) AS incidents,
  (SELECT md5(string_agg(format('%s %s %s %s', id, state, attempts, finished_at), ',' ORDER BY id)) FROM delivery) AS deliveries,
  (SELECT md5(string_agg(format('%s %s %s', monitor_id, n, at), ',' ORDER BY monitor_id, n)) FROM signal) AS signals,
  (SELECT md5(string_agg(ping_key, ',' ORDER BY id)) FROM monitor) AS keys`;

/** What everybody sees first: a team's monitors by how they are. */
const STANDING = `SELECT t.name AS team, m.name, s.status FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
  JOIN team t ON t.id = m.team_id WHERE s.status <> 'up' ORDER BY t.id, s.status, m.name`;

describe('the story of a demonstration', () => {
  const first = useDatabase();
  const second = useDatabase();
  const third = useDatabase();

  test('is the same again with the same seed, to the millisecond and the key', async () => {
    await tell(first.database, 'one', MONDAY_AFTERNOON);
    await tell(second.database, 'one', MONDAY_AFTERNOON);
    const [once] = await sql(first.database, CONTENTS);
    assert.deepEqual((await sql(second.database, CONTENTS))[0], once);
  });

  test('ends with something down, something paused and something new, and a team in which all is well', async () => {
    assert.deepEqual(
      (await sql(first.database, STANDING)).map(({ team, name, status }) => `${team}: ${name} is ${status}`),
      [
        'Lighthouse Books: Nightly backup of the shop database is down',
        'Lighthouse Books: Stock sync with the warehouse is down',
        'Lighthouse Books: Quarterly VAT export is new',
        'Lighthouse Books: Black Friday price import is paused',
        'Пекарня «Заря»: Выгрузка остатков на сайт is down',
      ],
    );
  });

  test('has in its past all that pages show', async () => {
    const count = async (what: string) =>
      Number((await sql(first.database, `SELECT count(*) AS n FROM ${what}`))[0]?.n);
    for (const what of [
      `incident WHERE resolution = 'recovered'`,
      `incident WHERE cause_code = 'overran'`,
      `incident WHERE cause_code = 'not_started'`,
      'incident WHERE acknowledged_at IS NOT NULL AND resolved_at IS NULL',
      `hold WHERE reason IN ('confirming', 'site_dark', 'site_lit')`,
      `delivery WHERE state = 'sent'`,
      'delivery WHERE attempts > 1',
      `channel WHERE state = 'broken'`,
      `slot_note WHERE note = 'unknown'`,
      `notice WHERE kind = 'reminder'`,
      `notice WHERE subject_type = 'gap'`,
      'summary_issue',
      'status_page',
      'audit',
    ]) {
      assert.ok((await count(what)) > 0, `there is no ${what}`);
    }
    assert.equal(await count('signal_default'), 0, 'signals of the past have days of their own');
  });

  test('can be told at any hour, also in the night in which the clocks change', async () => {
    await tell(third.database, 'two', SUNDAY_NIGHT);
    const [row] = await sql(third.database, 'SELECT max(received_at) AS last FROM signal');
    assert.ok(SUNDAY_NIGHT - Number(row?.last) < 60_000, 'up to the moment in which it is shown');
  });
});
