import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../platform/random.ts';
import { clusterFolder } from './account.ts';

/** Not a TCP port: it only names the socket file. */
export const PORT = 5432;

/** A small machine's settings. An operator changes them with ALTER SYSTEM, which wins over this file. */
export const TUNING: Readonly<Record<string, string>> = {
  cluster_name: 'allswell',
  max_connections: '40',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  // Work of a client that was killed ends soon, and with it its locks.
  client_connection_check_interval: '1s',
  log_min_duration_statement: '500ms',
  log_parameter_max_length: '256',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  // One file per weekday, begun afresh when its day comes again: a week of log at the most.
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
};

/**
 * What no edit of a file may change: no TCP, and nothing acknowledged before it is on disk. These go on the command
 * line, which wins over every file.
 */
export function fixedSettings(socketFolder: string, logFolder: string): Record<string, string> {
  return {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: quoteFolder(socketFolder),
    unix_socket_permissions: '0700',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    logging_collector: 'on',
    log_destination: 'stderr',
    log_directory: logFolder,
  };
}

/** The setting is a list: a comma or a space in the folder's name must not end it. */
export function quoteFolder(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}

/** `-c name=value …` */
export function commandLine(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The text of our settings file. It reads initdb's own file first, which holds what initdb found out by trying. */
export function settingsText(tuning: Readonly<Record<string, string>>): string {
  const lines = Object.entries(tuning).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return [
    '# Written by allswell at every start; changes made here are lost. Use ALTER SYSTEM instead: it wins over this file.',
    "include 'postgres/postgresql.conf'",
    ...lines,
    '',
  ].join('\n');
}

/** Whether these programs were built with LZ4, which shows in the name of the library that they ask for. */
export async function knowsLz4(binDir: string): Promise<boolean> {
  return (await readFile(join(binDir, 'postgres'))).includes('liblz4');
}

export const settingsFile = (dataDir: string): string => join(dataDir, 'postgres.conf');

/**
 * Writes the settings file. It lies beside the cluster and not inside: as root we never write in a folder of the
 * database's user, who could have put a link there.
 */
export async function writeSettings(dataDir: string, binDir: string, random: Random): Promise<void> {
  // A server asked for a method that it lacks does not start. `on` is the older one (pglz), which every build has.
  const text = settingsText({ ...TUNING, wal_compression: (await knowsLz4(binDir)) ? 'lz4' : 'on' });
  const temporary = `${settingsFile(dataDir)}.${random.bytes(6).toString('hex')}`;
  await writeFile(temporary, text, { flag: 'wx', mode: 0o644 });
  await rename(temporary, settingsFile(dataDir));
}

/** The server's arguments: everything it needs to know, `parameters` (of tests) last, so that they win. */
export function serverArguments(
  dataDir: string,
  folders: { readonly socket: string; readonly log: string },
  parameters: Readonly<Record<string, string>>,
): string[] {
  const fixed = { config_file: settingsFile(dataDir), ...fixedSettings(folders.socket, folders.log) };
  return ['-D', clusterFolder(dataDir), ...commandLine({ ...fixed, ...parameters })];
}
