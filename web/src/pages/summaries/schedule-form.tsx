import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fullChannelsQuery } from '../../api/channels.ts';
import { ApiError, request } from '../../api/client.ts';
import { type SummarySchedule, sendSummary, WEEKDAYS, type Weekday } from '../../api/summaries.ts';
import { useCommonWords } from '../../language/common.ts';
import { useSummaryWords } from '../../language/summaries.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useDo, useSubmit } from '../../lib/use-submit.ts';
import { isKnownZone } from '../../lib/zones.ts';
import { Button } from '../../ui/button.tsx';
import { errorText } from '../../ui/error-note.tsx';
import { Checkbox, Field, Input, Select } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';
import { ChannelChoice } from './channel-choice.tsx';

type ScheduleField = 'time' | 'timezone' | 'channels' | 'weekday';

export function ScheduleForm({ schedule }: { readonly schedule: SummarySchedule }) {
  const words = useSummaryWords();
  const { field, action } = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { data: channels } = useQuery(fullChannelsQuery);
  const { kind } = schedule;
  const [draft, setDraft] = useState(schedule);
  const change = (part: Partial<SummarySchedule>) => setDraft({ ...draft, ...part });
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<ScheduleField>({
    fields: ['time', 'timezone', 'channels', 'weekday'],
    check: () =>
      onlyErrors({
        time: /^([01]\d|2[0-3]):[0-5]\d$/.test(draft.time) ? undefined : words.form.timeWrong,
        timezone:
          needed(draft.timezone, field) ?? (isKnownZone(draft.timezone.trim()) ? undefined : words.form.zoneUnknown),
        channels: draft.channels !== 'all' && draft.channels.length === 0 ? words.form.choose : undefined,
      }),
    work: async () => {
      const { enabled, time, weekday } = draft;
      const body = {
        enabled,
        time,
        timezone: draft.timezone.trim(),
        channels: draft.channels,
        ...(kind === 'weekly' ? { weekday: weekday ?? 'monday' } : {}),
      };
      const saved = await request<SummarySchedule>('PUT', `/api/v1/summaries/${kind}`, { body });
      queries.setQueryData(['summaries', kind], saved);
      setDraft(saved);
      toast({ text: words.form.saved[kind] });
    },
  });
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <Checkbox
        label={words.form.enabled}
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.target.checked })}
      />
      {draft.enabled && (
        <>
          <div className="flex flex-wrap gap-4">
            {kind === 'weekly' && (
              <Field label={words.form.weekday} error={errorOf('weekday')}>
                <Select
                  className="w-44!"
                  value={draft.weekday ?? 'monday'}
                  onChange={(event) => change({ weekday: event.target.value as Weekday })}
                >
                  {WEEKDAYS.map((each) => (
                    <option key={each} value={each}>
                      {words.weekdays[each]}
                    </option>
                  ))}
                </Select>
              </Field>
            )}
            <Field label={words.form.time} error={errorOf('time')}>
              <Input
                className="w-28!"
                inputMode="numeric"
                maxLength={5}
                value={draft.time}
                onChange={(event) => change({ time: event.target.value })}
              />
            </Field>
          </div>
          <Field label={words.form.zone} help={words.form.timeHelp} error={errorOf('timezone')}>
            <ZoneInput value={draft.timezone} onChange={(event) => change({ timezone: event.target.value })} />
          </Field>
          <ChannelChoice
            channels={channels ?? []}
            value={draft.channels}
            error={errorOf('channels')}
            onChange={(next) => change({ channels: next })}
          />
        </>
      )}
      <FormFailure failure={failure} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" isBusy={isBusy}>
          {action.save}
        </Button>
        {schedule.enabled && <SendNow kind={kind} />}
      </div>
    </form>
  );
}

function SendNow({ kind }: Pick<SummarySchedule, 'kind'>) {
  const words = useSummaryWords();
  const common = useCommonWords();
  const toast = useToast();
  const [isBusy, doIt] = useDo((error) => {
    const isNowhere = error instanceof ApiError && error.code === 'no_channel';
    toast({ text: isNowhere ? words.noChannel : errorText(error, common), tone: 'bad' });
  });
  const send = async () => {
    const { deliveries } = await sendSummary(kind);
    const arrived = deliveries.filter(({ state }) => state === 'sent').length;
    toast({ text: words.sent(arrived, deliveries.length), tone: arrived === deliveries.length ? 'plain' : 'bad' });
  };
  return (
    <Button isBusy={isBusy} onClick={() => doIt(send)}>
      {words.form.send}
    </Button>
  );
}
