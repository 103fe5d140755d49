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

/** Keys that can ping, and secrets of mounts, never reach a log (RULES §7). */
export function maskSecretPaths(text: string): string {
  return text.replaceAll(/\/(ping|in)\/(?:(start|end)\/)?[^/?\s"]+/g, (_, mount, word) =>
    word ? `/${mount}/${word}/***` : `/${mount}/***`,
  );
}

function describeValue(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
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
