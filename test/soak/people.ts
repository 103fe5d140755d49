import { request } from 'node:http';
import { type Chance, pick } from '../kill/plan.ts';
import type { Client } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { Pace } from './pace.ts';
import type { Scene } from './scene.ts';

const READS_PER_SECOND = 10;
const EDITS_PER_SECOND = 1;
/** Dashboards that are open; each listens for so long and then connects again. */
const STREAMS = 10;
const STREAM_SECONDS = 30;
/** Monitors of which a dashboard shows the last results. */
const SHOWN = 25;

export interface PeopleOptions {
  readonly host: string;
  readonly port: number;
  readonly apiKey: string;
  readonly client: Client;
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly pace: Pace;
  readonly chance: Chance;
}

/** Resolves when the stream has ended, as it does by itself, or when all is over. */
function listen({ host, port, apiKey, ledger, pace }: PeopleOptions): Promise<void> {
  return new Promise((resolve) => {
    const path = `/api/v1/events?seconds=${STREAM_SECONDS}`;
    const { signal } = pace;
    const asking = request({ host, port, path, signal, headers: { 'x-api-key': apiKey }, agent: false }, (response) => {
      ledger.call('stream', response.statusCode ?? 0);
      response.on('data', (chunk: Buffer) => {
        if (chunk.includes('event: change')) ledger.event();
      });
      response.on('close', resolve);
      response.on('error', () => resolve());
    });
    asking.on('error', () => {
      if (!pace.isOver) ledger.call('stream', 0);
      resolve();
    });
    asking.end();
  });
}

/** Everything that people do meanwhile: look, listen, edit. */
export function startPeople(options: PeopleOptions): void {
  const { client, scene, ledger, pace, chance, apiKey } = options;
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  const call = async (name: string, method: string, path: string, body?: unknown) => {
    const question = { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await client.ask(method, path, question);
    ledger.call(name, answer.status);
    return answer;
  };

  const read = () => {
    const { id } = pick(chance, [...scene.flapping, ...scene.processes]);
    const shown = Array.from({ length: SHOWN }, () => pick(chance, scene.steady).id).join(',');
    const path = pick(chance, [
      '/api/v1/overview',
      '/api/v1/monitors?limit=50',
      '/api/v1/monitors?status=up&search=steady%201',
      `/api/v1/monitors/${id}`,
      `/api/v1/monitors/${id}/signals`,
      `/api/v1/monitors/${id}/runs`,
      `/api/v1/monitors/${id}/uptime`,
      `/api/v1/beats?monitors=${shown}`,
      '/api/v1/incidents?state=open',
      '/api/v1/incidents',
      '/api/v1/deliveries',
      '/healthz',
    ]);
    return call('read', 'GET', path);
  };

  const describe = () =>
    call('edit', 'PATCH', `/api/v1/monitors/${pick(chance, scene.steady).id}`, {
      description: `edited ${Math.floor(chance() * 1e6)}`,
      tags: ['soak', `t${Math.floor(chance() * 10)}`],
    });
  const regrace = () =>
    call('edit', 'PATCH', `/api/v1/monitors/${pick(chance, scene.steady).id}`, {
      grace_seconds: 120 + Math.floor(chance() * 60),
    });
  const takeABreak = async () => {
    const { id } = pick(chance, scene.pausing);
    // Two people may be at it at once: the second resume finds nothing to resume.
    await call('pause', 'POST', `/api/v1/monitors/${id}/pause`, {});
    const { status } = await client.ask('POST', `/api/v1/monitors/${id}/resume`, { headers, body: '{}' });
    ledger.call('resume', status === 409 ? 200 : status);
  };
  const comeAndGo = async () => {
    const made = await call('create', 'POST', '/api/v1/monitors', {
      kind: 'heartbeat',
      name: 'for a moment',
      schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' },
      channels: [],
    });
    if (made.status !== 201) return;
    const { id, ping_url: url } = JSON.parse(made.text);
    const { status, ms } = await client.ask('GET', new URL(url).pathname);
    ledger.ping(status, ms);
    await call('delete', 'DELETE', `/api/v1/monitors/${id}`);
  };

  pace.often(READS_PER_SECOND, read);
  pace.often(EDITS_PER_SECOND, () => pick(chance, [describe, regrace, takeABreak, comeAndGo])());
  for (let index = 0; index < STREAMS; index += 1) pace.inTurn(() => listen(options));
}
