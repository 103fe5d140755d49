import type { Config } from '../config.ts';

type Place = Pick<Config, 'port' | 'host' | 'dataDir'>;

/** How whoever started it says where it is to be. */
type Names = Readonly<Record<keyof Place, string>>;
const SETTINGS: Names = { port: 'PORT', host: 'HOST', dataDir: 'ALLSWELL_DATA' };

/** What keeps a server from starting and has a setting to its name; the rest is said as it came. */
function readable(code: string, syscall: string, { port, host, dataDir }: Place, names: Names): string | null {
  const isListening = ['listen', 'bind', 'getaddrinfo'].includes(syscall);
  if (syscall === 'connect') return null;
  if (!isListening) {
    const isFolder = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR', 'EEXIST'].includes(code);
    return isFolder ? `${names.dataDir}: ${dataDir} cannot be used` : null;
  }
  switch (code) {
    case 'EADDRINUSE':
      return `${names.port}: ${port} is in use by another program; stop that one or set ${names.port} to another number`;
    case 'EACCES':
    case 'EPERM':
      return `${names.port}: this user may not listen on ${port}; take a number above 1023`;
    default:
      return `${names.host}: "${host}" is no address of this machine that can be listened on`;
  }
}

/** Why the start failed, as one line; where a setting is to blame it is named first. */
export function describeStartFault(error: unknown, place: Place, names = SETTINGS): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const syscall = 'syscall' in error ? String(error.syscall) : '';
  const sentence = syscall === '' ? null : readable(code, syscall, place, names);
  return (sentence === null ? error.message : `${sentence} (${error.message})`).replaceAll(/\s*\n\s*/g, ' ');
}
