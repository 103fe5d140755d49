import { hostname } from 'node:os';
import { dropInSecret } from './accounts/drop-in.ts';
import {
  type FirstStart,
  firstStart,
  isSecretKeyRight,
  leaveAddress,
  loadSecretKey,
  wrongSecretKey,
} from './accounts/first-start.ts';
import { createAccounts } from './accounts/service.ts';
import type { ChannelKinds } from './alerts/channels/registry.ts';
import { createMailer } from './alerts/mailer.ts';
import { createAlerts } from './alerts/service.ts';
import type { Config } from './config.ts';
import { createHealth } from './health.ts';
import { readDashboard } from './http/dashboard.ts';
import { registerRoutes } from './http/routes.ts';
import { createHttpServer } from './http/server.ts';
import type { Services } from './http/services.ts';
import { unsubscribeUrl } from './http/unsubscribe.ts';
import { systemClock } from './platform/clock.ts';
import { watchEventLoop } from './platform/event-loop.ts';
import type { Logger } from './platform/logger.ts';
import { createIdSource, type Random } from './platform/random.ts';
import { createDatabaseClock, type DatabaseClock, MAX_SLEW_MS } from './store/database-clock.ts';
import { createDueWork } from './store/due-work.ts';
import type { Store } from './store/open-store.ts';
import { createSealer } from './store/seal.ts';
import { createWatch } from './watch/service.ts';

export interface Parts {
  readonly config: Config;
  /** The port to listen on, known before anything else is made. */
  readonly port: number;
  readonly store: Store;
  readonly logger: Logger;
  readonly random: Random;
  /** The time line; the database's unless given. */
  readonly clock?: DatabaseClock;
  /** What becomes of messages; sent unless given. A demonstration must not write to anybody. */
  readonly sendBy?: (kinds: ChannelKinds) => ChannelKinds;
}

/** One running node. */
export interface RunningNode {
  readonly url: string;
  readonly firstStart: FirstStart;
  /** Takes no more pings, finishes what is under way, leaves a last sign of life. The store stays open. */
  stop(): Promise<void>;
}

export type StartResult =
  | { readonly ok: true; readonly node: RunningNode }
  | { readonly ok: false; readonly message: string };

/**
 * Puts one node together and starts it: store → clock → services → HTTP → loops. Nothing is global, so that several
 * nodes can live in one process.
 */
export async function startNode({ config, port, store, logger, random, ...parts }: Parts): Promise<StartResult> {
  const { database } = store;
  const clock = parts.clock ?? createDatabaseClock(systemClock);
  await clock.sample(database);
  warnOfSkew(clock, logger);
  const newId = createIdSource(clock, random);
  const sealer = createSealer(await loadSecretKey(config.dataDir, config.secretKey, random), random);
  if (!(await isSecretKeyRight(database, sealer))) {
    return { ok: false, message: wrongSecretKey(config.dataDir, config.secretKey) };
  }
  const first = await firstStart({ ...config, database, clock, random, newId });
  await dropInSecret({ database, sealer, random }, first.team.id);
  if (config.openDialects.length > 0) logger.warn(openDialects(config, first.team.name));
  const publicUrl = config.url ?? `http://localhost:${port}`;
  const node = { id: newId(), host: hostname(), pid: process.pid, roles: config.roles };
  const due = createDueWork({ database: store.due, clock });
  const shared = { database, clock, random, newId, logger, sealer, node, publicUrl };
  const loops = { ...shared, due, dueDatabase: store.due };
  const watch = createWatch({
    ...loops,
    ingestDatabase: store.ingest,
    retentionDays: config.retentionDays,
    zoneRules: process.versions.tz ?? 'unknown',
  });
  const alerts = createAlerts({
    ...loops,
    unsubscribeUrl: (channelId) => unsubscribeUrl(publicUrl, sealer, channelId),
    outbound: { privateTargets: config.privateTargets, ownPorts: [{ host: config.host, port }] },
    channels: { smtpUrl: config.smtpUrl, mailFrom: config.mailFrom, telegram: telegramOf(config) },
    sendBy: parts.sendBy,
    environmentSlack: { teamId: first.team.id, webhookUrl: config.slackWebhookUrl },
  });
  const { smtpUrl, mailFrom } = config;
  const mailer = smtpUrl === null ? null : createMailer({ ...shared, smtpUrl, mailFrom });
  const accounts = createAccounts({ ...shared, ...peopleSettings(config), mailer });
  const loop = watchEventLoop(systemClock);
  const health = createHealth({ ...watch, ...alerts, roles: config.roles, clock, database, loop });
  const [pingUrl, dashboard] = [config.pingUrl ?? publicUrl, await readDashboard(publicUrl)];
  const services: Services = { ...shared, ...watch, ...alerts, accounts, config, pingUrl, health, dashboard };
  const http = createHttpServer(services);
  await registerRoutes(http.app, services);

  const stop = async () => {
    await watch.stop(http.close());
    await Promise.all([alerts.stop(), mailer?.close()]);
    loop.stop();
  };
  // The order matters: channels in step, then the gap and the first sign of life, then listening, then judging.
  await alerts.begin();
  await watch.begin();
  try {
    if (config.roles.includes('web')) {
      await http.listen(port, config.host);
      await leaveAddress(config.dataDir, publicUrl, random);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  watch.start();
  alerts.start();
  return { ok: true, node: { url: publicUrl, firstStart: first, stop } };
}

function telegramOf({ telegramToken: token, telegramApiBase: apiBase, telegramProxyUrl: proxyUrl }: Config) {
  return { token, apiBase, proxyUrl };
}

function peopleSettings({ signup, passkeys, oidcIssuer: issuer, oidcClientId: clientId, ...config }: Config) {
  const { oidcClientSecret: clientSecret, oidcName: name } = config;
  const hasProvider = issuer !== null && clientId !== null && clientSecret !== null;
  return { signup, passkeys, oidc: hasProvider ? { issuer, clientId, clientSecret, name } : null };
}

function warnOfSkew({ aheadOfMachineMs: skewMs }: DatabaseClock, logger: Logger): void {
  if (Math.abs(skewMs) <= MAX_SLEW_MS) return;
  const how = `${(Math.abs(skewMs) / 1_000).toFixed(0)} s ${skewMs < 0 ? 'ahead of' : 'behind'}`;
  logger.warn(`the clock of this machine is ${how} that of the database; the database's counts, for all nodes`);
}

function openDialects({ openDialects: names }: Config, team: string): string {
  return `ALLSWELL_OPEN_DIALECTS: whoever reaches this server can read and change jobs of the team "${team}" through ${names.join(', ')}, without any secret`;
}
