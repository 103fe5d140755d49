export const SERIALIZATION_FAILURE = '40001';
/** SQLSTATEs after which the same transaction may succeed at once. */
const RETRYABLE = new Set([SERIALIZATION_FAILURE, '40P01']);
/** SQLSTATE classes and errno codes that say: the database is not there now. 28 and 3D: it does not let us in any more. */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '3D', '53', '57', '58']);
/** A standby that we reached in a failover; a transaction that stood open too long, because we were frozen. */
const UNAVAILABLE_CODES = new Set(['25006', '25P03', '25P04']);
const UNAVAILABLE_ERRNOS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EACCES',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
]);
/** What the driver says without a code when a connection is lost or none is free. */
const UNAVAILABLE_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|connection error|cannot use a pool after|query read timeout|client was closed/i;

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The transaction lost against another one (serialization failure, deadlock). */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) ?? '');
}

/** The database is away, starting, stopping, or out of something: nothing was stored, trying later makes sense. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null)
    return UNAVAILABLE_CODES.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2)) || UNAVAILABLE_ERRNOS.has(code);
  return error instanceof Error && UNAVAILABLE_MESSAGES.test(error.message);
}

/** The name of the unique constraint that an insert or update ran into, or null. */
export function violatedUnique(error: unknown): string | null {
  if (codeOf(error) !== '23505' || !(error instanceof Error) || !('constraint' in error)) return null;
  return typeof error.constraint === 'string' ? error.constraint : null;
}
