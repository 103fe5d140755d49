import type { Monitor, MonitorKind, ScheduleInput } from '../../api/types.ts';
import type { MonitorFormWords } from '../../language/en/monitor-form.ts';
import { readLength } from './length-text.ts';
import { recogniseSchedule, writeLength, writeSchedule } from './schedule-text.ts';

/** The form as it is typed. */
export interface FormState {
  readonly name: string;
  readonly kind: MonitorKind;
  readonly schedule: string;
  readonly zone: string;
  /** A process that runs by hand. */
  readonly isByHand: boolean;
  readonly grace: string;
  readonly startGrace: string;
  readonly maxRun: string;
  readonly learn: boolean;
  readonly failAfter: string;
  readonly isArmed: boolean;
  readonly tags: string;
  readonly slug: string;
  readonly description: string;
  readonly channels: 'all' | readonly string[];
  /** Empty: behind none. */
  readonly site: string;
}

/** Errors by the names that the API has for the fields. */
export type FormErrors = Readonly<Record<string, string>>;

export function emptyForm(zone: string): FormState {
  return {
    name: '',
    kind: 'heartbeat',
    schedule: '',
    zone,
    isByHand: false,
    grace: '',
    startGrace: '',
    maxRun: '',
    learn: true,
    failAfter: '1',
    isArmed: false,
    tags: '',
    slug: '',
    description: '',
    channels: 'all',
    site: '',
  };
}

const lengthOf = (seconds: number | undefined | null) => (typeof seconds === 'number' ? writeLength(seconds) : '');

/** The form as a monitor fills it. */
export function formOf(monitor: Monitor, zone: string, words: MonitorFormWords): FormState {
  const { schedule } = monitor;
  return {
    name: monitor.name,
    kind: monitor.kind,
    schedule: writeSchedule(schedule),
    zone: schedule === null || schedule.type === 'period' ? zone : schedule.timezone,
    isByHand: schedule === null,
    grace: lengthOf(monitor.grace_seconds),
    startGrace: lengthOf(monitor.start_grace_seconds),
    maxRun:
      monitor.kind === 'process' && monitor.max_run_seconds === null
        ? words.noLimit
        : lengthOf(monitor.max_run_seconds),
    learn: monitor.learn ?? true,
    failAfter: String(monitor.fail_after),
    isArmed: monitor.armed_from === 'creation',
    tags: monitor.tags.join(', '),
    slug: monitor.slug ?? '',
    description: monitor.description,
    channels: monitor.channels,
    site: monitor.site_id ?? '',
  };
}

/** What the schedule's field says to the API; null: nothing was typed. */
export function scheduleOf(form: Pick<FormState, 'schedule' | 'zone'>): ScheduleInput | null {
  const recognised = recogniseSchedule(form.schedule);
  if (recognised === null || recognised.type === 'period') return recognised;
  return { ...recognised, ...(form.zone.trim() === '' ? {} : { timezone: form.zone.trim() }) };
}

export const tagsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
];

type Read = { readonly body: Record<string, unknown> } | { readonly errors: FormErrors };

const UNLIMITED = new Set(['none', 'нет', 'no', '∞', '-']);

/** What is sent, or what is wrong; settings that were left empty are left to the server's defaults. */
export function readForm(form: FormState, words: MonitorFormWords): Read {
  const errors: Record<string, string> = {};
  const body: Record<string, unknown> = { name: form.name.trim() };
  if (form.name.trim() === '') errors.name = words.nameNeeded;
  const schedule = scheduleOf(form);
  if (form.kind === 'process' && form.isByHand) body.schedule = null;
  else if (schedule === null) errors.schedule = words.scheduleNeeded;
  else body.schedule = schedule;

  const length = (name: string, text: string) => {
    if (text.trim() === '') return;
    const seconds = readLength(text);
    if (seconds === null) errors[name] = words.lengthError;
    else body[name] = seconds;
  };
  if (form.kind === 'heartbeat') length('grace_seconds', form.grace);
  else {
    length('start_grace_seconds', form.startGrace);
    if (UNLIMITED.has(form.maxRun.trim().toLowerCase())) body.max_run_seconds = null;
    else length('max_run_seconds', form.maxRun);
    body.learn = form.learn;
  }
  const failAfter = Number(form.failAfter);
  if (Number.isInteger(failAfter) && failAfter >= 1 && failAfter <= 1_000) body.fail_after = failAfter;
  else errors.fail_after = words.wholeNumber;
  body.armed_from = form.isArmed ? 'creation' : 'first_signal';
  body.tags = tagsOf(form.tags);
  body.slug = form.slug.trim() === '' ? null : form.slug.trim();
  body.description = form.description;
  body.channels = form.channels;
  body.site_id = form.site === '' ? null : form.site;
  return Object.keys(errors).length > 0 ? { errors } : { body };
}

/** The API's errors by field; `schedule.expression` belongs to the field of the schedule, `tags.0` to that of the tags. */
export function errorsOf(fields: readonly { readonly field: string; readonly message: string }[]): FormErrors {
  return Object.fromEntries(
    fields.map(({ field, message }) => [
      field === 'schedule.timezone' ? 'timezone' : (field.split('.')[0] ?? field),
      message,
    ]),
  );
}

/** A field that is being mended has no error until it is looked at again. */
export function withoutErrorsOf(errors: FormErrors, change: Partial<FormState>): FormErrors {
  const names: Readonly<Partial<Record<keyof FormState, string>>> = {
    zone: 'timezone',
    isByHand: 'schedule',
    grace: 'grace_seconds',
    startGrace: 'start_grace_seconds',
    maxRun: 'max_run_seconds',
    failAfter: 'fail_after',
    isArmed: 'armed_from',
    site: 'site_id',
  };
  const mended = new Set(Object.keys(change).map((key) => names[key as keyof FormState] ?? key));
  return Object.fromEntries(Object.entries(errors).filter(([name]) => !mended.has(name)));
}

/** The fields of a body that differ from the monitor as it is; the rest need not be sent. */
export function changedFields(monitor: Monitor, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const before = (monitor as unknown as Readonly<Record<string, unknown>>)[name];
      return JSON.stringify(normal(value)) !== JSON.stringify(normal(before));
    }),
  );
}

/** Without what the server adds (the description of a schedule) and without the order of keys. */
function normal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? null;
  return Object.entries(value)
    .filter(([key]) => key !== 'description')
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
