import { useDeferredValue } from 'react';
import { ApiError } from '../../api/client.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatSetting } from '../../language/times.ts';
import { isKnownZone } from '../../lib/zones.ts';
import { Field, Input } from '../../ui/field.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';
import { usePreview, useRested } from '../monitors/schedule-field.tsx';
import { recogniseSchedule } from '../monitors/schedule-text.ts';
import { lengthOf } from './draft.ts';
import type { FieldsProps } from './maintenance-form.tsx';
import { Spans } from './times-preview.tsx';

/** A schedule, how long each one lasts, and what that comes to. */
export function RepeatFields({ draft, errorOf, onChange }: FieldsProps) {
  const { form: words, lasts } = useMaintenanceWords();
  const formWords = useFormWords();
  const { language } = useLanguage();
  const text = useRested(useDeferredValue(draft.schedule));
  const zone = useRested(draft.zone).trim();
  const recognised = recogniseSchedule(text);
  const isPeriod = recognised?.type === 'period';
  const asked = recognised === null || recognised.type === 'period' || !isKnownZone(zone) ? null : recognised;
  const { data, error } = usePreview(asked === null ? null : { ...asked, timezone: zone });
  const refused = error instanceof ApiError && error.status === 400 && asked !== null ? error : null;
  const seconds = lengthOf(draft);
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_10rem]">
        <Field
          label={words.schedule}
          help={words.scheduleHelp}
          error={
            errorOf('schedule') ??
            (isPeriod ? words.noPeriod : refused && `${formWords.scheduleNotUnderstood} ${refused.message}`)
          }
        >
          <Input
            name="schedule"
            value={draft.schedule}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            onChange={(event) => onChange({ schedule: event.target.value })}
          />
        </Field>
        <Field label={words.length} help={words.lengthHelp} error={errorOf('length')}>
          <Input name="length" value={draft.length} onChange={(event) => onChange({ length: event.target.value })} />
        </Field>
      </div>
      <Field label={words.zone} error={errorOf('zone')}>
        <ZoneInput value={draft.zone} onChange={(event) => onChange({ zone: event.target.value })} />
      </Field>
      {data !== undefined && asked !== null && refused === null && seconds !== null && (
        <div className="flex flex-col gap-2 rounded-md border border-line bg-panel px-4 py-3" aria-live="polite">
          <p className="font-medium">
            {data.description}, {lasts(formatSetting(seconds, language))}
          </p>
          <Spans runs={data.runs} seconds={seconds} zone={zone} />
        </div>
      )}
    </div>
  );
}
