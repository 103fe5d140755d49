import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { CONFIRM_MS } from '../../core/sites.ts';

const api = useApi();
const NOWHERE = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';

async function monitor(team: Caller, name: string, more: Record<string, unknown> = {}) {
  const body = { kind: 'heartbeat', name, schedule: { type: 'period', seconds: 3_600 }, ...more };
  const answer = await team.call('POST', '/api/v1/monitors', body);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function scene() {
  const team = await api.team();
  await team.call('POST', '/api/v1/channels', {
    kind: 'webhook',
    name: 'ops',
    config: { url: 'http://127.0.0.1:9/hook' },
  });
  const gateway = await monitor(team, 'gateway');
  const created = await team.call('POST', '/api/v1/sites', { name: 'HQ', gateway_monitor_id: gateway.id });
  assert.equal(created.status, 201, created.text);
  return { team, gateway, site: created.json, created };
}

const ping = (one: { ping_url: string }, kind: 'success' | 'fail') =>
  api.ping(one.ping_url.split('/').at(-1) ?? '', { kind });

describe('a site', () => {
  test('is created, read, listed, changed and deleted, and its monitors stay', async () => {
    const { team, gateway, site, created } = await scene();
    assert.match(String(created.headers.location), new RegExp(`/api/v1/sites/${site.id}$`));
    assert.deepEqual([site.gateway_monitor_id, site.gateway_name, site.monitors], [gateway.id, 'gateway', 0]);
    assert.deepEqual([site.dark_since, site.lit_at, site.held], [null, null, 0]);
    const behind = await monitor(team, 'printer', { site_id: site.id });
    assert.equal(behind.site_id, site.id);
    await monitor(team, 'elsewhere');
    const listed = await team.call('GET', `/api/v1/monitors?site=${site.id}`);
    assert.deepEqual(
      listed.json.monitors.map((one: { name: string }) => one.name),
      ['printer'],
    );
    const patched = await team.call('PATCH', `/api/v1/sites/${site.id}`, { name: 'warehouse' });
    assert.deepEqual([patched.json.name, patched.json.monitors], ['warehouse', 1]);
    const sites = await team.call('GET', '/api/v1/sites');
    assert.deepEqual(sites.json, { sites: [patched.json], next_cursor: null });
    assert.equal((await team.call('DELETE', `/api/v1/sites/${site.id}`)).status, 204);
    assert.equal((await team.call('GET', `/api/v1/sites/${site.id}`)).status, 404);
    assert.equal((await team.call('GET', `/api/v1/monitors/${behind.id}`)).json.site_id, null);
  });

  test('shows what is held for it and why, and so do the incident and its deliveries', async () => {
    const { team, gateway, site } = await scene();
    const printer = await monitor(team, 'printer', { site_id: site.id });
    await ping(gateway, 'success');
    await ping(printer, 'fail');
    const page = await team.call('GET', `/api/v1/incidents?monitor=${printer.id}`);
    const [incident] = page.json.incidents;
    const since = incident.suppressed.since;
    assert.deepEqual(incident.suppressed, {
      site_id: site.id,
      maintenance_id: null,
      reason: 'confirming',
      since,
      until: new Date(Date.parse(since) + CONFIRM_MS).toISOString(),
      ended_at: null,
      outcome: null,
    });
    await ping(gateway, 'fail');
    const dark = (await team.call('GET', `/api/v1/sites/${site.id}`)).json;
    assert.deepEqual([typeof dark.dark_since, dark.held], ['string', 1]);
    const [held] = dark.held_incidents;
    assert.deepEqual([held.incident_id, held.monitor.name], [incident.id, 'printer']);
    assert.deepEqual([held.reason, held.until], ['site_dark', null]);
    const shown = (await team.call('GET', `/api/v1/incidents/${incident.id}`)).json;
    assert.deepEqual([shown.suppressed.reason, shown.suppressed.until], ['site_dark', null]);
    assert.deepEqual([shown.notices[0].state, shown.notices[0].reason], ['suppressed', 'site']);
    const deliveries = await team.call('GET', `/api/v1/deliveries?state=suppressed`);
    assert.deepEqual(
      deliveries.json.deliveries.map((one: { notices: { subject_id: string }[] }) => one.notices[0]?.subject_id),
      [incident.id],
    );
    await ping(printer, 'success');
    const over = (await team.call('GET', `/api/v1/incidents/${incident.id}`)).json;
    assert.deepEqual([over.suppressed.outcome, over.notices[0].state], ['recovered', 'cancelled']);
    assert.equal((await team.call('GET', `/api/v1/sites/${site.id}`)).json.held, 0);
  });

  test('refuses what would be a circle or belongs to nobody here, by field, and changes nothing', async () => {
    const { team, gateway, site } = await scene();
    const printer = await monitor(team, 'printer', { site_id: site.id });
    const refusals = [
      ['POST', '/api/v1/sites', { name: 'x', gateway_monitor_id: printer.id }, 'gateway_monitor_id'],
      ['POST', '/api/v1/sites', { name: 'x', gateway_monitor_id: gateway.id }, 'gateway_monitor_id'],
      ['POST', '/api/v1/sites', { name: 'x', gateway_monitor_id: NOWHERE }, 'gateway_monitor_id'],
      ['POST', '/api/v1/sites', { name: ' ', gateway_monitor_id: gateway.id }, 'name'],
      ['PATCH', `/api/v1/sites/${site.id}`, { gateway_monitor_id: printer.id }, 'gateway_monitor_id'],
      ['PATCH', `/api/v1/sites/${site.id}`, { gateway_monitor_id: null }, 'gateway_monitor_id'],
      ['PATCH', `/api/v1/monitors/${gateway.id}`, { site_id: site.id }, 'site_id'],
      ['PATCH', `/api/v1/monitors/${printer.id}`, { name: 'renamed', site_id: NOWHERE }, 'site_id'],
      ['PATCH', `/api/v1/monitors/${printer.id}`, { site_id: "'; --" }, 'site_id'],
    ] as const;
    for (const [method, path, body, field] of refusals) {
      const { status, json } = await team.call(method, path, body);
      assert.deepEqual([status, json.errors?.[0]?.field], [400, field], `${method} ${JSON.stringify(body)}`);
    }
    const stranger = await api.team();
    const foreign = { name: 'x', gateway_monitor_id: gateway.id };
    assert.equal((await stranger.call('POST', '/api/v1/sites', foreign)).status, 400);
    const theirs = await monitor(stranger, 'theirs');
    assert.equal((await stranger.call('PATCH', `/api/v1/monitors/${theirs.id}`, { site_id: site.id })).status, 400);
    const before = await team.call('GET', `/api/v1/monitors/${printer.id}`);
    assert.deepEqual([before.json.name, before.json.site_id], ['printer', site.id]);
    assert.equal((await team.call('GET', '/api/v1/sites')).json.sites.length, 1);
  });
});
