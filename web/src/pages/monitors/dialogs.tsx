import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../../api/client.ts';
import { putMonitor } from '../../api/monitors.ts';
import type { Monitor } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { viewerZone } from '../../language/times.ts';
import { serverNow } from '../../lib/clock.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { errorText } from '../../ui/error-note.tsx';
import { Choice, Field, Input } from '../../ui/field.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useMonitorActions } from './actions.ts';

const HOUR_MS = 3_600_000;
const MODES = ['by_hand', 'until_success', 'hour', 'day', 'until'] as const;
type Mode = (typeof MODES)[number];

interface Props {
  readonly monitor: Monitor;
  readonly onClose: () => void;
}

/** The reader's wall clock as the field for date and time wants it. */
function localInput(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Pause: until somebody resumes it, until the next success, or until a time. */
export function PauseDialog({ monitor, onClose }: Props) {
  const words = useMonitorPageWords();
  const common = useCommonWords();
  const actions = useMonitorActions();
  const [mode, setMode] = useState<Mode>('by_hand');
  const [until, setUntil] = useState(() => localInput(serverNow() + 8 * HOUR_MS));
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const pause = async (event: FormEvent) => {
    event.preventDefault();
    const ends = { hour: serverNow() + HOUR_MS, day: serverNow() + 24 * HOUR_MS, until: new Date(until).getTime() };
    const isTimed = mode === 'hour' || mode === 'day' || mode === 'until';
    if (isTimed && !(ends[mode] > serverNow())) return setError(words.pausePast);
    setBusy(true);
    const body = isTimed ? { mode: 'until', until: new Date(ends[mode]).toISOString() } : { mode };
    const isDone = await actions.pause(monitor, body);
    setBusy(false);
    if (isDone) onClose();
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={words.pauseTitle(monitor.name)}
      text={words.pauseText}
      footer={
        <>
          <Button onClick={onClose}>{common.action.cancel}</Button>
          <Button type="submit" form="pause" look="primary" isBusy={isBusy}>
            {words.pause}
          </Button>
        </>
      }
    >
      <form id="pause" className="flex flex-col gap-4" onSubmit={(event) => void pause(event)}>
        <Choice
          label={words.pauseFor}
          value={mode}
          onChange={setMode}
          options={MODES.map((value) => ({ value, label: words.pauseOptions[value] ?? value }))}
        />
        {mode === 'until' && (
          <Field label={words.pauseUntil} help={viewerZone()} error={error}>
            <Input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
          </Field>
        )}
      </form>
    </Dialog>
  );
}

/** A new ping key: the old one is unknown at once, and that cannot be taken back. */
export function RotateDialog({ monitor, onClose }: Props) {
  const words = useMonitorPageWords();
  const common = useCommonWords();
  const queries = useQueryClient();
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);
  const rotate = async () => {
    setBusy(true);
    try {
      putMonitor(queries, await request<Monitor>('POST', `/api/v1/monitors/${monitor.id}/rotate-key`));
      toast({ text: words.rotated });
      onClose();
    } catch (error) {
      toast({ text: errorText(error, common), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={words.rotateTitle}
      text={words.rotateText}
      footer={
        <>
          <Button onClick={onClose}>{common.action.cancel}</Button>
          <Button look="danger" isBusy={isBusy} onClick={() => void rotate()}>
            {words.rotate}
          </Button>
        </>
      }
    >
      <p className="font-mono text-xs break-all text-quiet">{monitor.ping_url}</p>
    </Dialog>
  );
}
