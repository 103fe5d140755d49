import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { systemClock } from '../platform/clock.ts';
import { createIdSource, systemRandom } from '../platform/random.ts';
import { listChannels } from '../store/channels.ts';
import { createSealer } from '../store/seal.ts';
import { insertTeam } from '../store/teams.ts';
import type { ChannelKind } from './channels/contract.ts';
import { keepEnvironmentChannel } from './environment-channel.ts';

const db = useDatabase();
const sealer = createSealer('a secret for tests', systemRandom);
const makeId = createIdSource(systemClock, systemRandom);
const kind = { kind: 'slack', destination: (config: { url: string }) => new URL(config.url).host } as ChannelKind;

async function makeTeam(): Promise<string> {
  const id = makeId();
  const team = { id, name: 'team', language: 'en', timezone: 'UTC', pingKey: id, createdAt: 0 } as const;
  await db.database.transaction((tx) => insertTeam(tx, team));
  return id;
}

function keep(teamId: string, webhookUrl: string | null) {
  return keepEnvironmentChannel(
    { database: db.database, clock: systemClock, newId: makeId, sealer },
    { teamId, kind, webhookUrl },
  );
}

test('SLACK_WEBHOOK_URL becomes one read-only channel, also when several nodes start together', async () => {
  const teamId = await makeTeam();
  await Promise.all([1, 2, 3].map(() => keep(teamId, 'https://hooks.example.com/a')));
  const channels = await listChannels(db.database, teamId, null, 10);
  assert.equal(channels.length, 1);
  assert.equal(channels[0]?.name, 'Slack (environment)');
  assert.equal(channels[0]?.fromEnvironment, true);
});

test('another address replaces it, and none takes it away', async () => {
  const teamId = await makeTeam();
  await keep(teamId, 'https://hooks.example.com/a');
  const [before] = await listChannels(db.database, teamId, null, 10);
  await keep(teamId, 'https://other.example.com/b');
  const [after] = await listChannels(db.database, teamId, null, 10);
  assert.equal(after?.id, before?.id);
  assert.equal(after?.destination, 'other.example.com');
  await keep(teamId, null);
  assert.deepEqual(await listChannels(db.database, teamId, null, 10), []);
});
