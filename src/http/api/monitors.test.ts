import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUBLIC_URL, useApi } from '../../../test/harness/api.ts';

const api = useApi();

test('a heartbeat is created with its defaults', async () => {
  const team = await api.team();
  const { status, json, headers } = await team.call('POST', '/api/v1/monitors', {
    kind: 'heartbeat',
    name: 'nightly backup',
    schedule: { type: 'period', seconds: 300 },
  });
  assert.equal(status, 201);
  assert.equal(headers.location, `${PUBLIC_URL}/api/v1/monitors/${json.id}`);
  assert.equal(json.grace_seconds, 60);
  assert.equal(json.status, 'new');
  assert.equal(json.channels, 'all');
  assert.match(json.ping_url, /^https:\/\/watch\.example\/ping\/[0-9a-f-]{36}$/);
  const read = await team.call('GET', `/api/v1/monitors/${json.id}`);
  assert.deepEqual(read.json, json);
});

test('a webhook channel is created, and its secret shown once', async () => {
  const team = await api.team();
  const { status, json } = await team.call('POST', '/api/v1/channels', {
    kind: 'webhook',
    name: 'ops',
    config: { url: 'http://127.0.0.1:9/hook' },
  });
  assert.equal(status, 201);
  assert.match(json.config.secret, /^whsec_[A-Za-z0-9+/=]{44}$/);
  const read = await team.call('GET', `/api/v1/channels/${json.id}`);
  assert.ok(read.json.config.secret.endsWith(json.config.secret.slice(-4)));
  assert.ok(read.json.config.secret.length < 16);
});
