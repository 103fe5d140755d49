import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createAlertRig, heard } from '../../test/harness/alert-rig.ts';
import { useDatabase } from '../../test/harness/database.ts';
import { startHttpReceiver } from '../../test/harness/receivers/http-receiver.ts';
import { MAX_ATTEMPTS, RETRY_DELAYS_MS } from './backoff.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;
after(() => rig.close());

test('an alarm that one channel could not deliver in a day is told by the others, and so is its end', async () => {
  const receiver = await startHttpReceiver();
  receiver.setReply(({ path }) => (path === '/bad' ? { status: 500 } : { status: 200, body: 'ok' }));
  const typesAt = (path: string) =>
    receiver.requests.filter((request) => request.path === path).map((request) => heard(request).type);
  const team = await make.team();
  const bad = await make.channel(team.id, { url: `${receiver.url}/bad` }, { destination: 'bad.test' });
  const good = await make.channel(team.id, { url: `${receiver.url}/good` }, { destination: 'good.test' });
  const monitor = await make.monitor(team.id, { channels: [bad.id] });
  await rig.ping(monitor, 'fail');
  const sender = rig.sender();
  await rig.settle(sender);
  for (const delayMs of RETRY_DELAYS_MS) {
    assert.deepEqual(typesAt('/good'), []);
    clock.advance(delayMs);
    await rig.settle(sender);
  }
  assert.equal(typesAt('/bad').length, MAX_ATTEMPTS);
  const [given] = await rig.deliveries(bad.id);
  assert.deepEqual([given?.state, given?.reason], ['failed', 'gave_up']);
  assert.deepEqual(typesAt('/good'), ['incident.opened']);
  await rig.ping(monitor, 'success');
  await rig.settle(sender);
  assert.deepEqual(typesAt('/good'), ['incident.opened', 'incident.resolved']);
  assert.equal((await rig.deliveries(good.id)).length, 2);
  await receiver.close();
});
