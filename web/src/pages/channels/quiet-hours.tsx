import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FullChannel, QuietHours } from '../../api/channels.ts';
import { request } from '../../api/client.ts';
import { useTeam } from '../../api/session.ts';
import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { useTellingWords } from '../../language/telling.ts';
import { formatSetting, viewerZone } from '../../language/times.ts';
import { onlyErrors } from '../../lib/checks.ts';
import { useNow } from '../../lib/clock.ts';
import { useDo, useSubmit } from '../../lib/use-submit.ts';
import { wallTime } from '../../lib/wall-time.ts';
import { isKnownZone } from '../../lib/zones.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { errorText } from '../../ui/error-note.tsx';
import { Checkbox, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';
import { isQuietAt, isTimeOfDay, quietSeconds } from './quiet-times.ts';

/** A usual night, until somebody says otherwise. */
const NIGHT = { from: '22:00', to: '07:00' };

interface SectionProps {
  readonly channel: FullChannel;
  readonly mayChange: boolean;
}

/** When a channel is left in peace, and what becomes of the news meanwhile. */
export function QuietHoursSection({ channel, mayChange }: SectionProps) {
  const { quiet: words } = useTellingWords();
  const [isEditing, setEditing] = useState(false);
  const { quiet_hours: quiet } = channel;
  return (
    <Section
      title={words.title}
      actions={
        mayChange && (
          <Button size="small" onClick={() => setEditing(true)}>
            {quiet === null ? words.set : words.change}
          </Button>
        )
      }
    >
      {quiet === null ? <p className="text-quiet">{words.none}</p> : <Story quiet={quiet} />}
      {isEditing && <QuietDialog channel={channel} onClose={() => setEditing(false)} />}
    </Section>
  );
}

function Story({ quiet }: { readonly quiet: QuietHours }) {
  const { quiet: words } = useTellingWords();
  const clock = wallTime(useNow(), quiet.timezone).slice(-5);
  return (
    <div className="flex max-w-prose flex-col gap-1">
      <p>
        {words.daily(quiet.from, quiet.to, quiet.timezone)}
        {isQuietAt(quiet.from, quiet.to, clock) && <b className="font-semibold"> {words.now(quiet.to)}</b>}
      </p>
      <p className="text-quiet">{words.waits(quiet.to)}</p>
      {quiet.down_passes && <p className="text-quiet">{words.passes}</p>}
    </div>
  );
}

interface DialogProps {
  readonly channel: FullChannel;
  readonly onClose: () => void;
}

type QuietField = 'from' | 'to' | 'timezone';

function QuietDialog({ channel, onClose }: DialogProps) {
  const { form: words } = useTellingWords().quiet;
  const common = useCommonWords();
  const { language } = useLanguage();
  const { data: team } = useTeam();
  const toast = useToast();
  const queries = useQueryClient();
  const known = channel.quiet_hours;
  const [from, setFrom] = useState(known?.from ?? NIGHT.from);
  const [to, setTo] = useState(known?.to ?? NIGHT.to);
  const teamZone = team?.timezone ?? 'UTC';
  const [zone, setZone] = useState(known?.timezone ?? (teamZone === 'UTC' ? viewerZone() : teamZone));
  const [passes, setPasses] = useState(known?.down_passes ?? false);
  const save = async (quiet: QuietHours | null) => {
    await request('PATCH', `/api/v1/channels/${channel.id}`, { body: { quiet_hours: quiet } });
    onClose();
    toast({ text: quiet === null ? words.removed : words.saved });
    await Promise.all(['channels', 'deliveries'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  const [isRemoving, remove] = useDo((error) => toast({ text: errorText(error, common), tone: 'bad' }));
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<QuietField>({
    fields: ['from', 'to', 'timezone'],
    check: () =>
      onlyErrors({
        from: isTimeOfDay(from) ? undefined : words.timeWrong,
        to: isTimeOfDay(to) ? (from === to ? words.same : undefined) : words.timeWrong,
        timezone: isKnownZone(zone.trim()) ? undefined : words.zoneUnknown,
      }),
    explain: (error) =>
      error.messageOf('quiet_hours.timezone') === undefined ? null : { timezone: words.zoneUnknown },
    work: () => save({ from, to, timezone: zone.trim(), down_passes: passes }),
  });
  const seconds = quietSeconds(from, to);
  return (
    <Dialog isOpen onClose={onClose} title={words.title} text={words.text}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <div className="flex flex-wrap gap-4">
          <Field label={words.from} error={errorOf('from')}>
            <Input type="time" className="w-32!" value={from} onChange={(event) => setFrom(event.target.value)} />
          </Field>
          <Field label={words.to} error={errorOf('to')}>
            <Input type="time" className="w-32!" value={to} onChange={(event) => setTo(event.target.value)} />
          </Field>
        </div>
        <p className="-mt-2 text-xs text-quiet" aria-live="polite">
          {seconds !== null && words.length(formatSetting(seconds, language))}
        </p>
        <Field label={words.zone} error={errorOf('timezone')}>
          <ZoneInput value={zone} onChange={(event) => setZone(event.target.value)} />
        </Field>
        <Checkbox
          label={words.passes}
          help={words.passesHelp}
          checked={passes}
          onChange={(event) => setPasses(event.target.checked)}
        />
        <FormFailure failure={failure} />
        <div className="flex flex-wrap justify-end gap-2">
          {known !== null && (
            <Button isBusy={isRemoving} onClick={() => remove(() => save(null))}>
              {words.none}
            </Button>
          )}
          <Button type="submit" look="primary" isBusy={isBusy}>
            {common.action.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
