import type { FullChannel } from '../../api/channels.ts';
import { useChannelWords } from '../../language/channels.ts';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

const BAD_ENDS: readonly string[] = ['failed', 'retry'];

/** The shape that a channel's state has in lists. */
export function shapeOf({ state, last_delivery: last }: Pick<FullChannel, 'state' | 'last_delivery'>): Shape {
  if (state === 'broken') return 'down';
  if (last === null) return 'new';
  return BAD_ENDS.includes(last.state) ? 'late' : 'up';
}

/** Its state in a word or two. */
export function ChannelState({ channel }: { readonly channel: FullChannel }) {
  const { state: words } = useChannelWords();
  const shape = shapeOf(channel);
  const texts: Partial<Record<Shape, string>> = { down: words.broken, new: words.unproven, late: words.lastFailed };
  return (
    <span className="inline-flex items-center gap-2">
      <StatusShape status={shape} isDecoration />
      {texts[shape] ?? words.ok}
    </span>
  );
}

/** Its state as a sentence, with the answer that broke it. */
export function ChannelStory({ channel }: { readonly channel: FullChannel }) {
  const { state: words } = useChannelWords();
  const { broken_reason: reason, broken_at: since, last_delivery: last } = channel;
  if (channel.state === 'broken') {
    return (
      <section className="flex flex-col gap-2 rounded-md border border-line bg-panel p-4">
        <p className="flex items-center gap-2 font-medium">
          <StatusShape status="down" isDecoration />
          <span>
            {words.brokenSince} <Time at={since} form="short" />
          </span>
        </p>
        {reason !== null && (
          <p className="break-words">
            {words.said}{' '}
            {reason === 'unsubscribed' ? words.unsubscribed : <q className="font-mono text-xs">{reason}</q>}
          </p>
        )}
        <p className="text-quiet">{words.brokenText}</p>
      </section>
    );
  }
  const shape = shapeOf(channel);
  const isUnderway = last?.state === 'queued' || last?.state === 'sending';
  const sentence =
    last === null ? words.unproven : shape === 'late' ? words.lastFailed : isUnderway ? words.waiting : words.works;
  return (
    <p className="flex items-center gap-2">
      <StatusShape status={shape} isDecoration />
      <span>
        {sentence}
        {last !== null && (
          <>
            , <Time at={last.at} />
          </>
        )}
      </span>
    </p>
  );
}
