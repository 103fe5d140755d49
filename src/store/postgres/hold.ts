import { MessageChannel } from 'node:worker_threads';

/** Keeps the process alive where only timers wait, which do not. */
export function holdEventLoop(): () => void {
  const { port1 } = new MessageChannel();
  port1.on('message', () => undefined);
  port1.ref();
  return () => port1.close();
}
