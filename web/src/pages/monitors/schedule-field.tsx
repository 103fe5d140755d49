import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { useTeam } from '../../api/session.ts';
import type { ScheduleInput, SchedulePreview } from '../../api/types.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDayAndTime, viewerZone } from '../../language/times.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { type FormState, scheduleOf } from './form-state.ts';
import { recogniseSchedule } from './schedule-text.ts';

/** The server is asked when typing rests for so long. */
const REST_MS = 180;

/** What was typed, once typing rests. */
export function useRested<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

/** The sentence and the next times of a schedule. */
export function usePreview(schedule: ScheduleInput | null) {
  const { language } = useLanguage();
  return useQuery({
    queryKey: ['preview', language, schedule],
    queryFn: ({ signal }) =>
      request<SchedulePreview>('POST', '/api/v1/schedules/preview', { body: { schedule, count: 5 }, signal }),
    enabled: schedule !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
}

interface Props {
  readonly form: FormState;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (change: Partial<FormState>) => void;
}

/** The schedule as one types it, what it means, and the next five times, while typing. */
export function ScheduleField({ form, errors, onChange }: Props) {
  const words = useFormWords();
  const { language } = useLanguage();
  const text = useRested(useDeferredValue(form.schedule));
  const zone = useRested(form.zone);
  const recognised = recogniseSchedule(text);
  const schedule = scheduleOf({ schedule: text, zone });
  const { data, error } = usePreview(schedule);
  const hasZone = recognised !== null && recognised.type !== 'period';
  // A period has no clock in it: its times are those of the reader's.
  const shownZone = hasZone ? zone : viewerZone();
  const refused = error instanceof ApiError && error.status === 400 && schedule !== null ? error : null;
  const zoneError = refused?.messageOf('schedule.timezone');
  const scheduleError = refused !== null && zoneError === undefined ? refused.message : undefined;
  return (
    <div className="flex flex-col gap-4">
      <Field
        label={words.schedule}
        help={words.scheduleHelp}
        error={errors.schedule ?? (scheduleError && `${words.scheduleNotUnderstood} ${scheduleError}`)}
      >
        <Input
          value={form.schedule}
          placeholder={words.schedulePlaceholder}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={(event) => onChange({ schedule: event.target.value })}
        />
      </Field>
      {hasZone && (
        <ZoneField value={form.zone} error={errors.timezone ?? zoneError} onChange={(zone) => onChange({ zone })} />
      )}
      {data !== undefined && schedule !== null && refused === null && recognised !== null && (
        <div className="rounded-md border border-line bg-panel px-4 py-3" aria-live="polite">
          <p className="text-xs text-quiet">{words.readAs(words.read[recognised.type] ?? recognised.type)}</p>
          <p className="font-medium">{data.description}</p>
          <p className="mt-2 text-xs text-quiet">
            {hasZone ? words.nextRuns : words.nextOfPeriod}, {shownZone}
          </p>
          <ol className="mt-0.5 flex flex-col">
            {data.runs.map((run) => (
              <li key={run.at} className="flex flex-wrap gap-x-2">
                {formatDayAndTime(Date.parse(run.at), language, shownZone)}
                {shownZone !== viewerZone() && (
                  <span className="text-quiet">· {words.atYours(formatDayAndTime(Date.parse(run.at), language))}</span>
                )}
                {run.clock_change && <span className="text-late">· {words.clockChange}</span>}
              </li>
            ))}
          </ol>
          {!hasZone && <p className="mt-2 text-xs text-quiet">{words.periodNote}</p>}
        </div>
      )}
    </div>
  );
}

interface ZoneProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (zone: string) => void;
}

function ZoneField({ value, error, onChange }: ZoneProps) {
  const words = useFormWords();
  const id = useId();
  const { data: team } = useTeam();
  const usual = [...new Set(['UTC', team?.timezone ?? 'UTC', viewerZone()])].filter((zone) => zone !== value);
  return (
    <Field label={words.zone} help={words.zoneHelp} error={error}>
      <div className="flex flex-wrap gap-2">
        <div className="min-w-48 flex-1">
          <Input list={id} value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
        </div>
        {usual.map((zone) => (
          <Button key={zone} onClick={() => onChange(zone)}>
            {zone}
          </Button>
        ))}
      </div>
      <datalist id={id}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </Field>
  );
}
