import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { channelsQuery } from '../../api/monitors.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { MonitorKind } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { Checkbox, Choice, Field, Input, Select, TextArea } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import type { FormErrors, FormState } from './form-state.ts';
import { ScheduleField } from './schedule-field.tsx';

const MAX_NAME = 100;
const MAX_DESCRIPTION = 10_000;
const ADVANCED: readonly string[] = [
  'grace_seconds',
  'start_grace_seconds',
  'max_run_seconds',
  'fail_after',
  'tags',
  'slug',
  'description',
  'channels',
  'site_id',
];

interface Props {
  readonly form: FormState;
  readonly errors: FormErrors;
  readonly isNew: boolean;
  readonly onChange: (change: Partial<FormState>) => void;
  /** Stands below the schedule, above the settings that most never need. */
  readonly children?: ReactNode;
}

/** Name and schedule are enough; everything else has a good default and is folded away. */
export function MonitorFields({ form, errors, isNew, onChange }: Props) {
  const words = useFormWords();
  const kinds: readonly { value: MonitorKind; label: string; help: string }[] = [
    { value: 'heartbeat', label: words.heartbeat, help: words.heartbeatHelp },
    { value: 'process', label: words.process, help: words.processHelp },
  ];
  const isByHand = form.kind === 'process' && form.isByHand;
  return (
    <div className="flex flex-col gap-5">
      <Field label={words.name} error={errors.name}>
        <Input
          value={form.name}
          placeholder={words.namePlaceholder}
          maxLength={MAX_NAME}
          autoFocus={isNew}
          onChange={(event) => onChange({ name: event.target.value })}
        />
      </Field>
      {!isByHand && <ScheduleField form={form} errors={errors} onChange={onChange} />}
      {isNew && <Choice label={words.kind} value={form.kind} options={kinds} onChange={(kind) => onChange({ kind })} />}
      {form.kind === 'process' && (
        <Checkbox
          label={words.scheduleNone}
          checked={form.isByHand}
          onChange={(event) => onChange({ isByHand: event.target.checked })}
        />
      )}
      <details
        className="group rounded-md border border-line"
        open={!isNew || ADVANCED.some((name) => errors[name] !== undefined) || undefined}
      >
        <summary className="flex cursor-pointer items-center gap-2 px-4 py-2.5 font-medium marker:content-none">
          <span className="transition-transform duration-120 group-open:rotate-90">
            <Icon name="right" size={16} />
          </span>
          {words.advanced}
        </summary>
        <div className="flex flex-col gap-5 border-t border-line px-4 py-4">
          <Limits form={form} errors={errors} onChange={onChange} />
          <About form={form} errors={errors} onChange={onChange} />
          <Channels form={form} onChange={onChange} />
          <SiteField form={form} errors={errors} onChange={onChange} />
        </div>
      </details>
    </div>
  );
}

type PartProps = Pick<Props, 'form' | 'errors' | 'onChange'>;

function Limits({ form, errors, onChange }: PartProps) {
  const words = useFormWords();
  return (
    <>
      {form.kind === 'heartbeat' ? (
        <Field label={words.grace} help={words.graceHelp} error={errors.grace_seconds} isOptional>
          <Input value={form.grace} onChange={(event) => onChange({ grace: event.target.value })} />
        </Field>
      ) : (
        <>
          <Field label={words.startGrace} help={words.startGraceHelp} error={errors.start_grace_seconds} isOptional>
            <Input value={form.startGrace} onChange={(event) => onChange({ startGrace: event.target.value })} />
          </Field>
          <Field label={words.maxRun} help={words.maxRunHelp} error={errors.max_run_seconds} isOptional>
            <Input value={form.maxRun} onChange={(event) => onChange({ maxRun: event.target.value })} />
          </Field>
          <Checkbox
            label={words.learn}
            help={words.learnHelp}
            checked={form.learn}
            onChange={(event) => onChange({ learn: event.target.checked })}
          />
        </>
      )}
      <Field label={words.failAfter} help={words.failAfterHelp} error={errors.fail_after}>
        <Input
          type="number"
          min={1}
          max={1000}
          className="w-28!"
          value={form.failAfter}
          onChange={(event) => onChange({ failAfter: event.target.value })}
        />
      </Field>
      <Checkbox
        label={words.armed}
        help={words.armedHelp}
        checked={form.isArmed}
        onChange={(event) => onChange({ isArmed: event.target.checked })}
      />
    </>
  );
}

function About({ form, errors, onChange }: PartProps) {
  const words = useFormWords();
  return (
    <>
      <Field label={words.tags} help={words.tagsHelp} error={errors.tags} isOptional>
        <Input value={form.tags} onChange={(event) => onChange({ tags: event.target.value })} />
      </Field>
      <Field label={words.slug} help={words.slugHelp} error={errors.slug} isOptional>
        <Input
          value={form.slug}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => onChange({ slug: event.target.value })}
        />
      </Field>
      <Field label={words.description} help={words.descriptionHelp} error={errors.description} isOptional>
        <TextArea
          rows={4}
          maxLength={MAX_DESCRIPTION}
          value={form.description}
          onChange={(event) => onChange({ description: event.target.value })}
        />
      </Field>
    </>
  );
}

function SiteField({ form, errors, onChange }: PartProps) {
  const words = useFormWords();
  const { data: sites = [] } = useQuery(sitesQuery);
  if (sites.length === 0) return null;
  return (
    <Field label={words.site} help={words.siteHelp} error={errors.site_id}>
      <Select value={form.site} onChange={(event) => onChange({ site: event.target.value })}>
        <option value="">{words.siteNone}</option>
        {sites.map((site) => (
          <option key={site.id} value={site.id}>
            {site.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function Channels({ form, onChange }: Omit<PartProps, 'errors'>) {
  const words = useFormWords();
  const monitorWords = useMonitorWords();
  const common = useCommonWords();
  const { data: channels = [] } = useQuery(channelsQuery);
  const chosen = form.channels === 'all' ? null : new Set(form.channels);
  if (channels.length === 0) {
    return (
      <p className="text-quiet">
        {monitorWords.noChannels.text} <PageLink to="/channels">{monitorWords.noChannels.action}</PageLink>
      </p>
    );
  }
  return (
    <fieldset className="flex flex-col gap-2.5">
      <legend className="mb-2 font-medium">{words.channels}</legend>
      <Checkbox
        label={words.channelsAll}
        checked={chosen === null}
        onChange={(event) => onChange({ channels: event.target.checked ? 'all' : channels.map(({ id }) => id) })}
      />
      {chosen !== null &&
        channels.map((channel) => (
          <Checkbox
            key={channel.id}
            className="pl-6"
            label={`${channel.name} · ${channel.kind}${channel.state === 'broken' ? ` · ${common.status.down}` : ''}`}
            checked={chosen.has(channel.id)}
            onChange={(event) =>
              onChange({
                channels: channels
                  .filter(({ id }) => (id === channel.id ? event.target.checked : chosen.has(id)))
                  .map(({ id }) => id),
              })
            }
          />
        ))}
    </fieldset>
  );
}
