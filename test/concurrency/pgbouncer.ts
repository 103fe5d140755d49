import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/platform/free-port.ts';
import type { SocketConnection } from '../harness/postgres.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { Way } from './suite.ts';

const HOST = '127.0.0.1';
const PROGRAM = '/usr/sbin/pgbouncer';
export const POOL_MODES = {
  /** Fewer connections of the server than the nodes have between them: they do change hands. */
  transaction: ['pool_mode = transaction', 'default_pool_size = 8'],
  session: [
    'pool_mode = session',
    'default_pool_size = 100',
    'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,options',
  ],
} as const;
const SOCKET = '.s.PGSQL.5432';

/** Why it cannot be tested here, or false. */
export function lacksPgbouncer(): string | false {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return false;
  } catch {
    return 'pgbouncer is not installed (Debian: apt-get install pgbouncer)';
  }
}

/** A PgBouncer before this database. */
export async function startPgbouncer(connection: SocketConnection, mode: keyof typeof POOL_MODES): Promise<Way> {
  const folder = await mkdtemp(join(tmpdir(), 'allswell-pgbouncer-'));
  const port = await findFreePort(HOST);
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${connection.user}" ""\n`);
  await writeFile(
    settings,
    [
      '[databases]',
      `${connection.database} = host=${connection.host} port=${connection.port} user=${connection.user}`,
      '[pgbouncer]',
      `listen_addr = ${HOST}`,
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      `auth_file = ${users}`,
      ...POOL_MODES[mode],
      'max_client_conn = 500',
      '',
    ].join('\n'),
  );
  const account = userInfo().uid === 0 ? await lendFolders(connection, folder, [users, settings]) : {};
  const child = spawn(PROGRAM, [settings], { stdio: ['ignore', 'ignore', 'pipe'], ...account });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const ended = once(child, 'exit');
  await waitFor(`PgBouncer to listen: ${said}`, () => listens(port)).catch((error: Error) => {
    child.kill('SIGKILL');
    throw new Error(`${error.message}\n${said}`);
  });
  return {
    connection: { connectionString: `postgres://${connection.user}@${HOST}:${port}/${connection.database}` },
    async close() {
      child.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As root it refuses to run; the server's socket is for the server's own account alone. */
async function lendFolders({ host }: SocketConnection, folder: string, files: readonly string[]) {
  const { uid, gid } = await stat(join(host, SOCKET));
  await chmod(folder, 0o711);
  for (const file of files) await chown(file, uid, gid);
  return { uid, gid };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const answer = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}
