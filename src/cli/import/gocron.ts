import { gocronOriginKey } from '../../core/origin.ts';
import { readAddress } from '../../http/dialects/gocron-check-in.ts';
import { GocronFault, type GocronRow, readGocronTable } from '../../store/gocron-source.ts';
import { CommandError, EXIT } from '../output.ts';
import { type ForeignJob, type ForeignPage, type ForeignSource, fitName, instantText } from './job.ts';

const MAX_TAG_CHARACTERS = 50;

/** The account as a tag, as gocron's interface here gives it. */
function tagOf(account: string): string[] {
  const tag = fitName(account, '');
  return tag === '' ? [] : [tag.length <= MAX_TAG_CHARACTERS ? tag : `${tag.slice(0, MAX_TAG_CHARACTERS - 1)}…`];
}

/** One row as a monitor: missed when it is silent for longer than its frequency, as ever. */
export function translateRow(row: GocronRow): ForeignJob {
  const { cronname, account, frequency, lastruntime } = row;
  const given = row.email?.trim() ?? '';
  const email = readAddress(given);
  return {
    external_key: gocronOriginKey(account, cronname),
    monitor: {
      kind: 'heartbeat',
      name: fitName(cronname, 'a job of gocron'),
      tags: tagOf(account),
      schedule: { type: 'period', seconds: frequency ?? 0 },
      grace_seconds: 0,
    },
    last_heard_at: lastruntime === null ? null : instantText(lastruntime * 1_000),
    was_up: row.alerted !== true,
    paused: null,
    gocron: { email, is_gateway: row.site === true },
    lost: given !== '' && email === null ? [`its address "${given.slice(0, 100)}", which is none`] : [],
  };
}

/** Where a connection string leads, without its password. */
function placeOf(connectionString: string): string {
  const url = URL.parse(connectionString);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new CommandError('write the database of gocron as postgres://USER@HOST/DATABASE', EXIT.misused);
  }
  return `${url.host || 'this host'}${url.pathname}`;
}

/** gocron's table, by a connection string. */
export function openGocron(connectionString: string): ForeignSource {
  const place = placeOf(connectionString);
  async function* pages(): AsyncGenerator<ForeignPage> {
    try {
      for await (const rows of readGocronTable(connectionString)) {
        yield { jobs: rows.map(translateRow), unreadable: [], total: null };
      }
    } catch (error) {
      if (!(error instanceof GocronFault)) throw error;
      throw new CommandError(error.message, error.isAway ? EXIT.unreachable : EXIT.failed);
    }
  }
  return {
    description: `gocron's table in ${place}`,
    pages,
    remarks: async () => ["Give the jobs the new base URL; their check-ins go on under gocron's own addresses."],
  };
}
