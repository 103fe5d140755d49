import type { Header } from '../../store/transfer/file-format.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { STREAM } from '../export-file.ts';
import { CommandError, EXIT, type Output, table } from '../output.ts';

/*
 * The database's driver is loaded by these commands alone: `ping` in somebody's crontab starts without it.
 */

type Rows = Readonly<Record<string, number>>;

const sum = (rows: Rows) => Object.values(rows).reduce((total, count) => total + count, 0);
const count = (value: number) => value.toLocaleString('en-US');

/** Rows by table, as columns for people; what is empty tells them nothing. */
function rowsTable(rows: Rows): string {
  return table(
    ['table', 'rows'],
    Object.entries(rows)
      .filter(([, value]) => value > 0)
      .map(([name, value]) => [name, count(value)]),
  );
}

/** Where standard output is the file itself, what is to be said goes beside it. */
const sayer = (output: Output, path: string) => (path === STREAM ? output.note : output.line);

export const exportCommand: Command = {
  name: 'export',
  usage: 'FILE|- [--history] [--progress] [--json]',
  summary: 'write the whole install into one file, also while the server runs',
  words: [1, 1],
  options: { history: { type: 'boolean' }, progress: { type: 'boolean' }, json: { type: 'boolean' } },
  details: [
    'Teams, keys, channels, monitors, their states, incidents and what is still to be sent; with `--history` also every signal, run and delivery. A name that ends in `.gz` is packed; `-` is standard output. The file appears when it is whole.',
    'Reads `DATABASE_URL`, or the database in `ALLSWELL_DATA`: through the running server’s socket, or started for the time. Secrets stay encrypted; keep the secret key apart from the file.',
    'Progress is shown on a terminal, and with `--progress` anywhere (on standard error).',
  ],
  async run(args, { config, output }) {
    const path = args.positionals[0] ?? '';
    const { exportToFile } = await import('../transfer.ts');
    const done = await exportToFile(config, { path, history: args.flag('history'), progress: args.flag('progress') });
    const say = sayer(output, path);
    if (args.flag('json')) {
      const { header, rows, sha256, bytes, seconds } = done;
      const facts = { ...factsOf(path, header, rows), schema: header.schema, bytes, sha256, seconds };
      say(JSON.stringify(facts, null, 2));
    } else {
      say(rowsTable(done.rows));
      say(`${count(sum(done.rows))} rows from ${done.database} in ${done.seconds} s → ${path}`);
      if (done.header.secret_key !== null) say(`Its secrets need the secret key ${done.header.secret_key}.`);
    }
    if (done.isKeyUnknown)
      output.note('allswell: the secret key here is not that of this database; the file cannot name it');
    return EXIT.ok;
  },
};

function factsOf(path: string, header: Header, rows: Rows) {
  const { product, made_at, parts, secret_key } = header;
  return { file: path, rows: sum(rows), tables: rows, product, made_at, parts, secret_key };
}

function sayResult(output: Output, isJson: boolean, facts: object, rows: Rows, text: string): void {
  output.line(isJson ? JSON.stringify(facts, null, 2) : `${rowsTable(rows)}\n${text}`);
}

export const importCommand: Command = {
  name: 'import',
  usage:
    '(FILE|- [--replace] [--old-secret-key-file PATH] | --from gocron|cronflow|healthchecks ADDRESS [--key KEY | --key-file PATH] [--tz ZONE]) [--check] [--progress] [--json]',
  summary: 'put such a file into an empty database, all of it or nothing; or take over the jobs of another system',
  words: [1, 1],
  options: {
    replace: { type: 'boolean' },
    'old-secret-key-file': { type: 'string' },
    check: { type: 'boolean' },
    progress: { type: 'boolean' },
    json: { type: 'boolean' },
    from: { type: 'string' },
    key: { type: 'string' },
    'key-file': { type: 'string' },
    tz: { type: 'string' },
  },
  details: [
    'Into `DATABASE_URL`, or into the database in `ALLSWELL_DATA`, which is made where there is none. No server may run on it. A file of an earlier version is brought up to date.',
    '`--replace` drops everything that allswell has in a database that is not empty; when the import fails, it is all still there.',
    'The secret key must be the one of the exported install. To go on with another key, give the former one in a file with `--old-secret-key-file`: secrets are encrypted anew.',
    '`--check` only reads the file, and says what is in it or why it is not whole.',
    '`--from` takes over the jobs of another system through the running server, also while it runs: `--from gocron postgres://USER@HOST/DATABASE`, `--from cronflow http://HOST:8000 [--tz ZONE]`, `--from healthchecks https://HOST` with the read-write key in `HEALTHCHECKS_API_KEY`, in a file (`--key-file PATH`) or, visible to others on this host, `--key KEY`. It says what could not be carried over; importing again takes over what changed there and leaves alone what was changed here; `--check` only says what would be done. [Moving here](import.md) has all of it. Exit code 1 when a job was refused.',
  ],
  async run(args, context) {
    const from = args.option('from');
    return from === undefined ? importFile(args, context) : importFromSystem(from, args, context);
  },
};

const ONLY_FROM = ['key', 'key-file', 'tz'];

async function importFromSystem(from: string, args: Arguments, context: CommandContext): Promise<number> {
  if (args.flag('replace') || args.option('old-secret-key-file') !== undefined) {
    throw new CommandError('--replace and --old-secret-key-file go with a file, not with --from', EXIT.misused);
  }
  const { importFrom } = await import('../import/run.ts');
  const request = {
    from,
    address: args.positionals[0] ?? '',
    key: args.option('key'),
    keyFile: args.option('key-file'),
    timezone: args.option('tz'),
    check: args.flag('check'),
    progress: args.flag('progress'),
    json: args.flag('json'),
  };
  return importFrom(request, context);
}

async function importFile(args: Arguments, { config, output }: CommandContext): Promise<number> {
  const misplaced = ONLY_FROM.find((name) => args.option(name) !== undefined);
  if (misplaced !== undefined) throw new CommandError(`--${misplaced} goes with --from only`, EXIT.misused);
  const path = args.positionals[0] ?? '';
  const { checkFile, importFromFile } = await import('../transfer.ts');
  const isCheck = args.flag('check');
  const oldSecretKeyFile = args.option('old-secret-key-file') ?? null;
  if (isCheck && (args.flag('replace') || oldSecretKeyFile !== null)) {
    throw new CommandError('--check only reads the file; it goes with nothing but --json', EXIT.misused);
  }
  if (isCheck) {
    const { header, rows } = await checkFile(path);
    const facts = { ...factsOf(path, header, rows), schema: header.schema };
    sayResult(output, args.flag('json'), facts, rows, `${count(sum(rows))} rows of ${header.made_at}, whole`);
    return EXIT.ok;
  }
  const request = { path, replace: args.flag('replace'), oldSecretKeyFile, progress: args.flag('progress') };
  const { header, rows, schema, unreadableSecrets, database, seconds } = await importFromFile(config, request);
  const facts = { ...factsOf(path, header, rows), schema, unreadable_secrets: unreadableSecrets, seconds };
  const text = `${count(sum(rows))} rows of ${header.made_at} are in ${database}, after ${seconds} s`;
  sayResult(output, args.flag('json'), facts, rows, text);
  if (unreadableSecrets > 0) {
    output.note(`allswell: the old key did not open the settings of ${unreadableSecrets} channels: give them anew`);
  }
  return EXIT.ok;
}
