import { z } from 'zod';
import { SECOND_MS } from '../../core/instant.ts';
import { MAX_STREAM_MS } from '../live/streams.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from './route.ts';

/** What a refused caller is asked to wait, in seconds. */
const RETRY_AFTER_SECONDS = 15;

const read = route({
  method: 'GET',
  path: '/api/v1/events',
  scope: 'read',
  tag: 'Service',
  summary: 'Hear of changes as they happen',
  description:
    'Server-Sent Events: `event: change`, `data: {"type": "monitor" | "incident" | "signal" | "channel" | "delivery", "id", "monitor_id"}`. It says that something changed, not what: ask for it. A comment comes every 15 s; the stream ends after 15 minutes, or when something could have been missed: connect again and read anew.',
  query: z.strictObject({
    seconds: z
      .int()
      .min(0)
      .max(MAX_STREAM_MS / SECOND_MS)
      .default(MAX_STREAM_MS / SECOND_MS)
      .meta({
        description: 'How long to listen. 0: only to see whether one may.',
      }),
  }),
  media: 'text/event-stream',
  problems: ['too_many_streams'],
  async handle({ key, query, signal }, { streams }) {
    const stream = await streams.open(key.teamId, query.seconds * SECOND_MS);
    if (typeof stream === 'string') {
      const whose = stream === 'full' ? 'of this server' : 'of this team';
      return new Problem('too_many_streams', `too many event streams ${whose} are open`, {
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    if (signal.aborted) stream.destroy();
    else signal.addEventListener('abort', () => stream.destroy(), { once: true });
    // Proxies that gather answers are asked not to.
    return { body: stream, headers: { 'x-accel-buffering': 'no' } };
  },
});

export const eventRoutes: readonly Route[] = [read];
