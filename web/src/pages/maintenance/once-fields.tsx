import { useCommonWords } from '../../language/common.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDistance, formatSetting, formatSpan, viewerZone } from '../../language/times.ts';
import { serverNow, useNow } from '../../lib/clock.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { ZoneInput } from '../../ui/zone-input.tsx';
import { spanOf, startingAt, withLength } from './draft.ts';
import type { FieldsProps } from './maintenance-form.tsx';

const HOUR_MS = 3_600_000;
const LENGTHS_MS: readonly number[] = [HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS];

/** From a time to a time on the clock of a zone. */
export function OnceFields({ draft, errorOf, onChange }: FieldsProps) {
  const { form: words } = useMaintenanceWords();
  const { language } = useLanguage();
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={words.from} error={errorOf('from')}>
          <Input
            type="datetime-local"
            name="from"
            value={draft.from}
            onChange={(event) => onChange({ from: event.target.value })}
          />
        </Field>
        <Field label={words.to} error={errorOf('to')}>
          <Input
            type="datetime-local"
            name="to"
            value={draft.to}
            onChange={(event) => onChange({ to: event.target.value })}
          />
        </Field>
      </div>
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{words.lengths}</legend>
        <Button size="small" onClick={() => onChange(startingAt(draft, serverNow()))}>
          {words.startsNow}
        </Button>
        {LENGTHS_MS.map((length) => (
          <Button key={length} size="small" onClick={() => onChange(withLength(draft, length))}>
            {formatSetting(length / 1_000, language)}
          </Button>
        ))}
      </fieldset>
      <Field label={words.zone} error={errorOf('zone')}>
        <ZoneInput value={draft.zone} onChange={(event) => onChange({ zone: event.target.value })} />
      </Field>
      <Preview draft={draft} />
    </div>
  );
}

function Preview({ draft }: Pick<FieldsProps, 'draft'>) {
  const { form: words } = useMaintenanceWords();
  const { time } = useCommonWords();
  const { language } = useLanguage();
  const now = useNow();
  const span = spanOf(draft);
  if (span === null || span.to <= span.from) return null;
  const zone = draft.zone.trim();
  const own = viewerZone();
  const turn =
    span.to <= now
      ? words.past
      : span.from <= now
        ? words.underWay
        : `${words.beginsIn} ${time.in(formatDistance(span.from - now, language))}`;
  return (
    <div className="rounded-md border border-line bg-panel px-4 py-3" aria-live="polite">
      <p className="font-medium">
        {formatSpan(span.from, span.to, language, zone)}, {zone}
      </p>
      {own !== zone && (
        <p className="text-quiet">
          {formatSpan(span.from, span.to, language, own)}, {own}
        </p>
      )}
      <p className="text-quiet">
        {formatSetting((span.to - span.from) / 1_000, language)} · {turn}
      </p>
    </div>
  );
}
