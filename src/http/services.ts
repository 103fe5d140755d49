import type { Accounts } from '../accounts/service.ts';
import type { ChannelKind, ChannelKindName } from '../alerts/channels/contract.ts';
import type { TelegramLinks } from '../alerts/telegram-links.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import type { DefinitionCache } from '../watch/definitions.ts';
import type { Ingest } from '../watch/ingest.ts';
import type { Dashboard } from './dashboard.ts';

/** How this node is doing; `/readyz` and `/metrics` show it. */
export interface Health {
  /** Null when ready; else a sentence about what is missing. */
  notReady(): string | null;
  /** Gauges and counters, by their Prometheus names. */
  metrics(): Promise<readonly Metric[]>;
}

export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What request handlers may use. Made once by main.ts; nothing here is global. */
export interface Services {
  readonly config: Config;
  /** The addresses as the world knows them, known once the port is: without a trailing slash. */
  readonly publicUrl: string;
  readonly pingUrl: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly accounts: Accounts;
  readonly definitions: DefinitionCache;
  readonly ingest: Ingest;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
  /** Null where the operator set no TELEGRAM_BOT_TOKEN. */
  readonly telegramLinks: TelegramLinks | null;
  readonly health: Health;
  /** Null where the pages were not built. */
  readonly dashboard: Dashboard | null;
}
