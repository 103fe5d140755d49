import { hostname } from 'node:os';
import {
  type FirstStart,
  firstStart,
  isSecretKeyRight,
  leaveAddress,
  loadSecretKey,
  wrongSecretKey,
} from './accounts/first-start.ts';
import { fillAddresses } from './alerts/channel-records.ts';
import { closeChannelKinds, createChannelKinds } from './alerts/channels/registry.ts';
import { keepEnvironmentChannel } from './alerts/environment-channel.ts';
import { createSender } from './alerts/sender.ts';
import { createTelegramLinks } from './alerts/telegram-links.ts';
import type { Config } from './config.ts';
import { createHealth } from './health.ts';
import { registerRoutes } from './http/routes.ts';
import { createHttpServer } from './http/server.ts';
import type { Services } from './http/services.ts';
import { unsubscribeUrl } from './http/unsubscribe.ts';
import { systemClock } from './platform/clock.ts';
import type { Logger } from './platform/logger.ts';
import { createOutboundDoor } from './platform/outbound/door.ts';
import { createIdSource, type Random } from './platform/random.ts';
import { createDatabaseClock } from './store/database-clock.ts';
import type { Store } from './store/open-store.ts';
import { createSealer } from './store/seal.ts';
import { createDefinitionCache } from './watch/definitions.ts';
import { createGapNotices } from './watch/gap-notices.ts';
import { createIngest } from './watch/ingest.ts';
import { createLife } from './watch/life.ts';
import { createUpkeep } from './watch/upkeep.ts';
import { createWakeLoop } from './watch/wake.ts';

export interface Parts {
  readonly config: Config;
  /** The port to listen on, known before anything else is made. */
  readonly port: number;
  readonly store: Store;
  readonly logger: Logger;
  readonly random: Random;
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
export async function startNode({ config, port, store, logger, random }: Parts): Promise<StartResult> {
  const { database } = store;
  const clock = createDatabaseClock(systemClock);
  await clock.sample(database);
  const makeId = createIdSource(clock, random);
  const sealer = createSealer(await loadSecretKey(config.dataDir, config.secretKey, random), random);
  if (!(await isSecretKeyRight(database, sealer))) {
    return { ok: false, message: wrongSecretKey(config.dataDir, config.secretKey) };
  }
  const first = await firstStart({
    database,
    clock,
    random,
    newId: makeId,
    dataDir: config.dataDir,
    apiKey: config.apiKey,
  });
  const publicUrl = config.url ?? `http://localhost:${port}`;
  const definitions = createDefinitionCache();
  const node = { id: makeId(), host: hostname(), pid: process.pid, roles: config.roles };
  const life = createLife({ database: store.ingest, clock, node, newId: makeId, logger });
  const ingest = createIngest({
    database: store.ingest,
    definitions,
    clock,
    newId: makeId,
    logger,
    onRefused: life.noteRefused,
    unrecordedGap: life.unrecordedGap,
  });
  const watcher = createWakeLoop({
    database,
    definitions,
    clock,
    newId: makeId,
    logger,
    canJudge: life.canJudge,
    oldestPendingAt: ingest.oldestPendingAt,
  });
  const door = createOutboundDoor({
    clock,
    privateTargets: config.privateTargets,
    ownPorts: [{ host: config.host, port }],
  });
  const telegram = { token: config.telegramToken, apiBase: config.telegramApiBase, proxyUrl: config.telegramProxyUrl };
  const channelKinds = createChannelKinds({
    door,
    clock,
    logger,
    publicUrl,
    smtpUrl: config.smtpUrl,
    mailFrom: config.mailFrom,
    telegram,
  });
  const alerting = { database, clock, random, newId: makeId, logger, sealer, channelKinds };
  const slack = { teamId: first.team.id, kind: channelKinds.get('slack'), webhookUrl: config.slackWebhookUrl };
  await keepEnvironmentChannel(alerting, slack);
  await fillAddresses(alerting);
  const sender = createSender({
    ...alerting,
    publicUrl,
    unsubscribeUrl: (channelId) => unsubscribeUrl(publicUrl, sealer, channelId),
  });
  const telegramLinks =
    telegram.token === null
      ? null
      : createTelegramLinks({ ...alerting, door, nodeId: node.id, settings: { ...telegram, token: telegram.token } });
  const gapNotices = createGapNotices({ database, clock, newId: makeId, logger });
  const upkeep = createUpkeep({ database, clock, logger, retentionDays: config.retentionDays });
  const services: Services = {
    config,
    publicUrl,
    pingUrl: config.pingUrl ?? publicUrl,
    database,
    clock,
    random,
    newId: makeId,
    logger,
    sealer,
    definitions,
    ingest,
    channelKinds,
    telegramLinks,
    health: createHealth({ roles: config.roles, clock, life, ingest, watcher, sender, telegramLinks, database }),
  };
  const http = createHttpServer(services);
  await registerRoutes(http.app, services);

  // The order matters: days for the signals, then the gap and the first sign of life, then listening, then judging.
  await upkeep.round();
  await life.begin();
  const stop = async () => {
    // The last sign of life is left when listening ends, not when the rest is done: what follows may take a while.
    const closed = http.close();
    await life.stop();
    await closed;
    await ingest.drain();
    await Promise.all([watcher.stop(), gapNotices.stop(), sender.stop(), telegramLinks?.stop(), upkeep.stop()]);
    await Promise.all([door.close(), closeChannelKinds(channelKinds)]);
  };
  if (config.roles.includes('web')) {
    try {
      await http.listen(port, config.host);
      await leaveAddress(config.dataDir, publicUrl, random);
    } catch (error) {
      await stop();
      throw error;
    }
  }
  life.start();
  upkeep.start();
  if (config.roles.includes('watch')) {
    watcher.start();
    gapNotices.start();
  }
  if (config.roles.includes('deliver')) {
    sender.start();
    telegramLinks?.start();
  }
  return { ok: true, node: { url: publicUrl, firstStart: first, stop } };
}
