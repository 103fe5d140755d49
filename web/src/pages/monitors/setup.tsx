import { useEffect, useRef, useState } from 'react';
import type { Monitor } from '../../api/types.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Section } from '../../ui/page.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { curlLine, snippetsOf } from './snippets.ts';

const KEY = 'allswell.snippet';

/** The lines to copy, and whether the first call has come. */
export function Setup({ monitor }: { readonly monitor: Monitor }) {
  const { setup: words } = useMonitorPageWords();
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY) ?? 'crontab');
  const { ping_url: ping } = monitor;
  if (ping === undefined) return <p className="text-quiet">{words.keyHidden}</p>;
  const snippets = snippetsOf(monitor, ping);
  const value = snippets.some(({ id }) => id === chosen) ? chosen : 'crontab';
  return (
    <Section title={words.title}>
      <p className="text-quiet">{words.text}</p>
      <Tabs
        label={words.kinds}
        value={value}
        onChange={(id) => {
          localStorage.setItem(KEY, id);
          setChosen(id);
        }}
        tabs={snippets.map(({ id, name, text }) => ({
          id,
          label: name,
          content: <CopyLine text={text} label={name} />,
        }))}
      />
      <Waiting monitor={monitor} ping={ping} />
    </Section>
  );
}

/** Waits for the first call, and says so when it has come. */
function Waiting({ monitor, ping }: { readonly monitor: Monitor; readonly ping: string }) {
  const { setup: words } = useMonitorPageWords();
  const isWaiting = monitor.signal_count === 0;
  if (isWaiting) {
    return (
      <div className="flex flex-col gap-3 rounded-md border border-line bg-panel px-4 py-3.5" role="status">
        <p className="flex items-center gap-2.5 font-medium">
          <StatusShape status="new" isDecoration />
          {words.waiting}
        </p>
        <p className="text-quiet">{words.waitingText}</p>
        <CopyLine text={curlLine(ping)} label="curl" />
      </div>
    );
  }
  return (
    <div
      className="flex animate-appear flex-col gap-1 rounded-md border border-line bg-panel px-4 py-3.5"
      role="status"
    >
      <p className="flex items-center gap-2.5 font-medium">
        <StatusShape status={monitor.status === 'down' ? 'down' : 'up'} isDecoration />
        {words.received} <Time at={monitor.last_signal_at} />
      </p>
      <p className="text-quiet">{words.receivedText(monitor.name)}</p>
    </div>
  );
}

/** True from the first look at a monitor that was never heard from, also after its first call came. */
export function useWasWaiting(monitor: Monitor | undefined): boolean {
  const [waited, setWaited] = useState<string | null>(null);
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (monitor === undefined || monitor.signal_count > 0 || seen.current === monitor.id) return;
    seen.current = monitor.id;
    setWaited(monitor.id);
  }, [monitor]);
  return monitor !== undefined && waited === monitor.id;
}
