import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { dropInSecret } from '../../src/accounts/drop-in.ts';
import { type ChannelKinds, closeChannelKinds, createChannelKinds } from '../../src/alerts/channels/registry.ts';
import { keepEnvironmentChannel } from '../../src/alerts/environment-channel.ts';
import { createSender } from '../../src/alerts/sender.ts';
import type { Dialect } from '../../src/config.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createOutboundDoor } from '../../src/platform/outbound/door.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { createWakeLoop } from '../../src/watch/wake.ts';
import { sql, testSealer } from './fixtures.ts';
import { type PingServer, usePingServer } from './ping-server.ts';
import { testLogger } from './postgres.ts';
import { waitFor } from './wait-for.ts';

export const MOUNTS = ['at the root', 'under /in/{secret}'] as const;
export type Mount = (typeof MOUNTS)[number];

/** What a program answered. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form they assert.
  readonly json: any;
}

/** A server with every dialect at its root and under the secret of its first team. Time stands still. */
export interface DialectServer {
  readonly host: PingServer;
  readonly teamId: string;
  readonly port: number;
  readonly secret: string;
  /** `http://127.0.0.1:port`, with the secret's path where that is the mount; no slash at the end. */
  base(mount: Mount): string;
  call(mount: Mount, method: string, path: string, init?: RequestInit): Promise<Answer>;
  /**
   * Runs a line of a shell as it stands. Whatever host and port a `curl` in it names over plain HTTP, it reaches this
   * server: its own configuration file says so, the line does not.
   */
  shell(line: string): Promise<Ran>;
  /** How many monitors there are. */
  count(): Promise<number>;
}

export interface DialectHarness {
  /** The same one for all tests of a file. */
  ready(): Promise<DialectServer>;
  /** Lets time pass, judges what fell due, sends what is to be sent. */
  pass(ms: number): Promise<void>;
  /** SLACK_WEBHOOK_URL of the first team. */
  slack(hookUrl: string): Promise<void>;
}

export function useDialects(names: readonly Dialect[]): DialectHarness {
  const host = usePingServer();
  const door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
  const kinds: ChannelKinds = createChannelKinds({
    door,
    clock: systemClock,
    logger: testLogger,
    publicUrl: 'http://watch.test',
    smtpUrl: null,
    mailFrom: null,
    telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
  });
  const folders: string[] = [];
  after(async () => {
    await closeChannelKinds(kinds);
    await door.close();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });
  let made: Promise<DialectServer> | null = null;

  const make = async (): Promise<DialectServer> => {
    const { services } = host;
    const { id: teamId } = await host.make.team();
    const secret = (await dropInSecret(services, teamId)) ?? '';
    const { port } = await host.another({ config: { ...services.config, openDialects: names } });
    const home = await mkdtemp(join(tmpdir(), 'allswell-curl-'));
    folders.push(home);
    await writeFile(join(home, '.curlrc'), `connect-to = "::127.0.0.1:${port}"\nmax-time = 20\n`);
    const base = (mount: Mount) => `http://127.0.0.1:${port}${mount === 'at the root' ? '' : `/in/${secret}`}`;
    return {
      host,
      teamId,
      port,
      secret,
      base,
      call: (mount, method, path, init = {}) => call(base(mount), method, path, init),
      shell: (line) => shell(line, home),
      async count() {
        const [row] = await sql<{ count: number }>(host.database, 'SELECT count(*) FROM monitor');
        return row?.count ?? 0;
      },
    };
  };

  return {
    ready() {
      made ??= make();
      return made;
    },
    async pass(ms) {
      const { clock, services, database } = host;
      clock.advance(ms);
      const shared = { database, clock, newId: services.newId, logger: testLogger };
      const { definitions, ingest } = services;
      const { oldestPendingAt, settleAll } = ingest;
      await createWakeLoop({ ...shared, definitions, canJudge: () => true, oldestPendingAt, settleAll }).look();
      const sender = createSender({
        ...shared,
        random: { ...systemRandom, fraction: () => 0.5 },
        sealer: testSealer,
        channelKinds: kinds,
        publicUrl: 'http://watch.test',
        unsubscribeUrl: () => 'http://watch.test',
      });
      do {
        await waitFor('the end of all sendings', () => sender.underWay === 0);
      } while ((await sender.look()) > 0);
    },
    async slack(webhookUrl) {
      const { teamId } = await this.ready();
      const { database, clock, services } = host;
      const deps = { database, clock, newId: services.newId, sealer: testSealer };
      await keepEnvironmentChannel(deps, { teamId, kind: kinds.get('slack'), webhookUrl });
    },
  };
}

async function call(base: string, method: string, path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(base + path, { redirect: 'manual', ...init, method });
  const text = await response.text();
  const isJson = String(response.headers.get('content-type')).includes('json') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

function shell(line: string, home: string): Promise<Ran> {
  const child = spawn('bash', ['-c', line], {
    env: { PATH: process.env.PATH ?? '', HOME: home, CURL_HOME: home, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
