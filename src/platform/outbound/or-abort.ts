/**
 * What `work` gives, or a rejection as soon as `signal` aborts. The work itself may go on for a while (the library
 * does not let go of a connection that is still being made); how it ends is then nobody's business any more.
 */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(new Error('given up'));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
