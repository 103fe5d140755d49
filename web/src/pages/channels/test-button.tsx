import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Delivery, testChannel } from '../../api/channels.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useDo } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { Duration } from '../../ui/time.tsx';

interface Props {
  readonly channelId: string;
  readonly isPrimary?: boolean;
}

/** Sends a test the way alarms go, and shows what was answered. */
export function TestButton({ channelId, isPrimary = false }: Props) {
  const { test: words } = useChannelWords();
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState<Delivery | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  const send = async () => {
    setFailure(null);
    setOutcome(null);
    setOutcome(await testChannel(channelId));
    await Promise.all(['channels', 'deliveries'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <Button look={isPrimary ? 'primary' : 'plain'} isBusy={isBusy} onClick={() => doIt(send)}>
        {isBusy ? words.sending : words.button}
      </Button>
      {failure !== null && <ErrorNote error={failure} />}
      <div aria-live="polite" className="w-full">
        {outcome !== null && <Outcome delivery={outcome} />}
      </div>
    </div>
  );
}

function Outcome({ delivery }: { readonly delivery: Delivery }) {
  const { test: words } = useChannelWords();
  const { state, attempts } = delivery;
  const last = attempts.at(-1);
  const isSent = state === 'sent';
  const isOver = isSent || state === 'failed' || state === 'cancelled';
  const shape: Shape = isSent ? 'up' : isOver ? 'down' : 'new';
  return (
    <div className="flex flex-col gap-1.5 rounded-md border border-line bg-panel px-4 py-3">
      <p className="flex items-center gap-2 font-medium">
        <StatusShape status={shape} isDecoration />
        {isSent ? words.sent : isOver ? words.failed : words.waiting}
      </p>
      {last !== undefined && (
        <p className="font-mono text-xs break-words text-quiet">
          {last.status !== null && `${last.status} · `}
          {last.answer === '' ? last.code : last.answer} · <Duration seconds={last.duration_seconds} />
        </p>
      )}
    </div>
  );
}
