import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, request } from '../../api/client.ts';
import type { FullIncident } from '../../api/incidents.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { serverNow } from '../../lib/clock.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field, TextArea } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { useToast } from '../../ui/toast.tsx';

const HOUR_MS = 3_600_000;
const HOURS = ['1', '4', '12', '24', '72'] as const;
const MAX_NOTE_CHARACTERS = 2_000;

/** Taking an open incident on, and ending its reminders for a while. */
export function CareButtons({ incident }: { readonly incident: FullIncident }) {
  const words = useIncidentWords();
  const [dialog, setDialog] = useState<'acknowledge' | 'snooze' | null>(null);
  const close = () => setDialog(null);
  const isTaken = incident.acknowledged !== null;
  return (
    <>
      {!isTaken && <Button onClick={() => setDialog('snooze')}>{words.snooze.button}</Button>}
      <Button look={isTaken ? 'plain' : 'primary'} onClick={() => setDialog('acknowledge')}>
        {isTaken ? words.take.again : words.take.button}
      </Button>
      {dialog !== null && <CareDialog what={dialog} id={incident.id} onClose={close} />}
    </>
  );
}

interface DialogProps {
  readonly what: 'acknowledge' | 'snooze';
  readonly id: string;
  readonly onClose: () => void;
}

function CareDialog({ what, id, onClose }: DialogProps) {
  const words = useIncidentWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const [hours, setHours] = useState<(typeof HOURS)[number]>('4');
  const isSnooze = what === 'snooze';
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'note'>({
    fields: ['note'],
    explain: (error: ApiError) => (error.code === 'incident_over' ? { note: words.over } : null),
    work: async () => {
      const until = new Date(serverNow() + Number(hours) * HOUR_MS).toISOString();
      const body = isSnooze ? { until, note: note.trim() } : { note: note.trim() };
      await request('POST', `/api/v1/incidents/${id}/${what}`, { body });
      onClose();
      toast({ text: isSnooze ? words.snooze.done : words.take.done });
      await queries.invalidateQueries({ queryKey: ['incidents'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isSnooze ? words.snooze.title : words.take.title}
      {...(isSnooze ? { text: words.snooze.text } : {})}
    >
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        {isSnooze && (
          <Choice
            label={words.snooze.for}
            value={hours}
            options={HOURS.map((each) => ({ value: each, label: words.snooze.choices[each] }))}
            onChange={setHours}
          />
        )}
        <Field label={words.take.note} help={words.take.noteHelp} error={errorOf('note')} isOptional>
          <TextArea
            autoFocus={!isSnooze}
            maxLength={MAX_NOTE_CHARACTERS}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </Field>
        <FormFailure failure={failure} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {isSnooze ? words.snooze.button : words.take.button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
