import type { Command } from '../command.ts';
import { CommandError, EXIT } from '../output.ts';

export const databaseStop: Command = {
  name: 'db stop',
  usage: '[--force] [--json]',
  summary: 'stop the PostgreSQL that a killed server left running',
  words: [0, 0],
  options: { force: { type: 'boolean' }, json: { type: 'boolean' } },
  details: [
    'For the database in `ALLSWELL_DATA`. It is not needed in ordinary life: a server stops its database when it stops, and takes over one that is left. While a server holds the folder, stop that one instead (exit code 1).',
    '`--force` does not wait for what is being written; the next start recovers it from the journal. Nothing that was acknowledged is lost.',
  ],
  async run(args, { config, output }) {
    if (config.databaseUrl !== null) {
      throw new CommandError('DATABASE_URL names a PostgreSQL of your own, which allswell does not start or stop');
    }
    const { stopDatabase } = await import('../stop-database.ts');
    const { dataDir, pid } = await stopDatabase(config, args.flag('force'));
    const text =
      pid === null ? `no PostgreSQL runs in ${dataDir}` : `stopped PostgreSQL (process ${pid}) in ${dataDir}`;
    output.line(args.flag('json') ? JSON.stringify({ data_dir: dataDir, stopped_pid: pid }, null, 2) : text);
    return EXIT.ok;
  },
};
