import { channelSealContext } from '../../alerts/channel-records.ts';
import { SECOND_MS } from '../../core/instant.ts';
import { type CronFilter, type GocronCron, listGocronCrons } from '../../store/gocron-jobs.ts';
import type { Services } from '../services.ts';
import { keysOfAccount, namesOf } from './gocron-keys.ts';

/** Jobs read and written in one go; between two of them other requests are served. */
const PAGE = 1_000;
/** Jobs in one answer: gocron knows no pages. */
export const MAX_LISTED_CRONS = 100_000;

/** A job, exactly as gocron's clients read it. */
export interface Cron {
  readonly Cronname: string;
  readonly Account: string;
  readonly Email: string;
  /** Seconds. */
  readonly Frequency: number;
  readonly Site: boolean;
  readonly Ipaddress: string;
  /** Seconds since the epoch; 0: never. */
  readonly Lastruntime: number;
  readonly Alerted: boolean;
}

/** Every job of the team. */
export const EVERY_CRON: CronFilter = { fromKey: '', beforeKey: null, missedOnly: false };
export const MISSED_CRONS: CronFilter = { ...EVERY_CRON, missedOnly: true };

export function cronsOfAccount(account: string): CronFilter {
  return { ...keysOfAccount(account), missedOnly: false };
}

/** The address of the channel that a job named; each is decrypted once per answer. */
function createEmailReader({ sealer, logger }: Services): (cron: GocronCron) => string {
  const known = new Map<string, string>();
  const read = (id: string, sealed: Buffer): string => {
    try {
      const { to } = JSON.parse(sealer.unseal(sealed, channelSealContext(id))) as { to: string | readonly string[] };
      return String(to);
    } catch (error) {
      logger.error('the settings of a channel cannot be decrypted', { channel: id, error });
      return '';
    }
  };
  return ({ channelId, configSealed }) => {
    if (channelId === null || configSealed === null) return '';
    const email = known.get(channelId) ?? read(channelId, configSealed);
    known.set(channelId, email);
    return email;
  };
}

function cronOf(row: GocronCron, email: string): Cron {
  const [account, cronname] = namesOf(row.originKey);
  return {
    Cronname: cronname,
    Account: account,
    Email: email,
    Frequency: row.periodSeconds ?? 0,
    Site: row.isSite,
    Ipaddress: row.remoteAddr ?? '',
    Lastruntime: row.lastSignalAt === null ? 0 : Math.floor(row.lastSignalAt / SECOND_MS),
    Alerted: row.alerted,
  };
}

/** The jobs in the order of account and name, as the elements of a JSON list, page by page: an answer may be long. */
export async function listCrons(
  services: Services,
  teamId: string,
  filter: CronFilter,
): Promise<{ readonly count: number; readonly elements: string }> {
  const emailOf = createEmailReader(services);
  const pages: string[] = [];
  let count = 0;
  for (let from = filter.fromKey; ; ) {
    const rows = await listGocronCrons(services.database, teamId, { ...filter, fromKey: from }, count > 0, PAGE);
    count += rows.length;
    if (rows.length > 0) pages.push(rows.map((row) => JSON.stringify(cronOf(row, emailOf(row)))).join(','));
    from = rows.at(-1)?.originKey ?? from;
    if (rows.length < PAGE || count >= MAX_LISTED_CRONS) break;
  }
  return { count, elements: pages.join(',') };
}
