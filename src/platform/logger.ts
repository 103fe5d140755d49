import type { Clock } from './clock.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with fields that every line of it carries. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
  readonly write: (line: string) => void;
}

/** Keys that can ping, secrets of mounts, one-time links and API keys never reach a log (RULES §7). */
export function maskSecretPaths(text: string): string {
  return text
    .replaceAll(
      /\/(ping|in|setup|unsubscribe|reset-password|sign-in-link|confirm-email|invitations)\/(?:(start|end)\/)?[^/?\s"]+(\/[\w-]{43}(?![\w-]))?/g,
      (_, mount, word) => (word ? `/${mount}/${word}/***` : `/${mount}/***`),
    )
    .replaceAll(/\baw_[0-9A-Za-z]{20,}/g, 'aw_***');
}

function describeValue(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === 'bigint') return String(value);
  try {
    JSON.stringify(value);
    return value;
  } catch (error) {
    // A log line must never be what breaks the work that it is about.
    return `(cannot be shown: ${error instanceof Error ? error.message.split('\n')[0] : 'unknown'})`;
  }
}

export function createLogger(options: LoggerOptions, bound: LogFields = {}): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const log = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const at = new Date(options.clock.now()).toISOString();
    const all = Object.fromEntries(Object.entries({ ...bound, ...fields }).map(([k, v]) => [k, describeValue(v)]));
    const line =
      options.format === 'json'
        ? JSON.stringify({ at, level, message, ...all })
        : `${at} ${level.padEnd(5)} ${message}${Object.entries(all)
            .map(([k, v]) => ` ${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`)
            .join('')}`;
    options.write(maskSecretPaths(line));
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    with: (fields) => createLogger(options, { ...bound, ...fields }),
  };
}
