import type { Config } from '../config.ts';

/** What keeps a server from starting and has a setting to its name; the rest is said as it came. */
function readable(code: string, syscall: string, { port, host, dataDir }: Config): string | null {
  const isListening = ['listen', 'bind', 'getaddrinfo'].includes(syscall);
  if (syscall === 'connect') return null;
  if (!isListening) {
    const isFolder = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR', 'EEXIST'].includes(code);
    return isFolder ? `ALLSWELL_DATA: ${dataDir} cannot be used` : null;
  }
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${port} is in use by another program; stop that one or set PORT to another number`;
    case 'EACCES':
    case 'EPERM':
      return `PORT: this user may not listen on ${port}; take a number above 1023`;
    default:
      return `HOST: "${host}" is no address of this machine that can be listened on`;
  }
}

/** Why the start failed, as one line; where a setting is to blame it is named first. */
export function describeStartFault(error: unknown, config: Config): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const syscall = 'syscall' in error ? String(error.syscall) : '';
  const sentence = syscall === '' ? null : readable(code, syscall, config);
  return (sentence === null ? error.message : `${sentence} (${error.message})`).replaceAll(/\s*\n\s*/g, ' ');
}
