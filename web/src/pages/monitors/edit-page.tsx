import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { channelsQuery, monitorQuery, putMonitor } from '../../api/monitors.ts';
import { useTeam } from '../../api/session.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { Monitor, ScheduleInput } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatSetting } from '../../language/times.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { NotFound } from '../../ui/shell/not-found.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { isGone } from './actions.ts';
import {
  changedFields,
  errorsOf,
  type FormErrors,
  type FormState,
  formOf,
  readForm,
  withoutErrorsOf,
} from './form-state.ts';
import { MonitorFields } from './monitor-form.tsx';
import { usePreview } from './schedule-field.tsx';

export function EditPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const words = useFormWords();
  const { data: monitor, error, refetch } = useQuery(monitorQuery(id));
  const { data: team } = useTeam();
  if (monitor === undefined && isGone(error)) return <NotFound />;
  if (monitor === undefined || team === undefined) {
    return (
      <Page title={words.editTitle('…')} width="form">
        {error === null ? <Skeleton lines={6} /> : <ErrorNote error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return <Edit key={monitor.id} monitor={monitor} teamZone={team.timezone} />;
}

/** The same form as for a new one, and below it what would change. */
function Edit({ monitor, teamZone }: { readonly monitor: Monitor; readonly teamZone: string }) {
  const words = useFormWords();
  const common = useCommonWords();
  const queries = useQueryClient();
  const toast = useToast();
  const go = useGo();
  // What was there when the form was opened: others may change the monitor meanwhile, and only what differs is sent.
  const [before] = useState(monitor);
  const [form, setForm] = useState<FormState>(() => formOf(monitor, teamZone, words));
  const [errors, setErrors] = useState<FormErrors>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const read = readForm(form, words);
  const changes = 'body' in read ? changedFields(before, read.body) : {};

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    if ('errors' in read) return setErrors(read.errors);
    setErrors({});
    setBusy(true);
    try {
      const path = `/api/v1/monitors/${monitor.id}`;
      if (Object.keys(changes).length > 0)
        putMonitor(queries, await request<Monitor>('PATCH', path, { body: changes }));
      toast({ text: words.saved(form.name.trim()) });
      go(`/monitors/${monitor.id}`);
    } catch (error) {
      const fields = error instanceof ApiError ? (error.body.errors ?? []) : [];
      if (fields.length > 0) setErrors(errorsOf(fields));
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={words.editTitle(before.name)} width="form">
      <form className="flex flex-col gap-5" noValidate onSubmit={(event) => void save(event)}>
        <MonitorFields
          isNew={false}
          form={form}
          errors={errors}
          onChange={(change) => {
            setForm((known) => ({ ...known, ...change }));
            setErrors((known) => withoutErrorsOf(known, change));
          }}
        />
        <Changes before={before} changes={changes} />
        {failure !== null && <ErrorNote error={failure} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {common.action.save}
          </Button>
          <PageLink to={`/monitors/${monitor.id}`} className={buttonClass()}>
            {common.action.cancel}
          </PageLink>
        </div>
      </form>
    </Page>
  );
}

interface ChangesProps {
  readonly before: Monitor;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** Each setting that would change: as it is, and as it would be. */
function Changes({ before, changes }: ChangesProps) {
  const words = useFormWords();
  const show = useShow();
  const { data: preview } = usePreview((changes.schedule ?? null) as ScheduleInput | null);
  const names: Readonly<Record<string, string>> = {
    name: words.name,
    schedule: words.schedule,
    grace_seconds: words.grace,
    start_grace_seconds: words.startGrace,
    max_run_seconds: words.maxRun,
    learn: words.learn,
    fail_after: words.failAfter,
    armed_from: words.armed,
    tags: words.tags,
    slug: words.slug,
    description: words.description,
    channels: words.channels,
    site_id: words.site,
  };
  const entries = Object.entries(changes);
  const isTiming = entries.some(([name]) => /schedule|seconds/.test(name));
  return (
    <section className="rounded-md border border-line bg-panel px-4 py-3.5" aria-live="polite">
      <h2 className="text-sm">{words.changes}</h2>
      {entries.length === 0 && <p className="mt-1 text-quiet">{words.noChanges}</p>}
      <dl className="mt-2 flex flex-col gap-2.5">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-quiet">{names[name] ?? name}</dt>
            <dd className="break-words">
              <del className="text-quiet">{show(name, (before as unknown as Record<string, unknown>)[name])}</del>
              {' → '}
              {name === 'schedule' && preview !== undefined && value !== null ? preview.description : show(name, value)}
            </dd>
          </div>
        ))}
      </dl>
      {isTiming && <p className="mt-3 text-xs text-quiet">{words.changeNote}</p>}
    </section>
  );
}

const MAX_SHOWN = 120;

/** A setting in words. */
function useShow(): (name: string, value: unknown) => string {
  const words = useFormWords();
  const { language } = useLanguage();
  const { data: channels = [] } = useQuery(channelsQuery);
  const { data: sites = [] } = useQuery(sitesQuery);
  return (name, value) => {
    if (value === null || value === undefined || value === '') return words.nothing;
    if (name.endsWith('_seconds') && typeof value === 'number') return formatSetting(value, language);
    if (name === 'schedule') return (value as { description?: string }).description ?? '…';
    if (name === 'site_id') return sites.find(({ id }) => id === value)?.name ?? String(value);
    if (name === 'armed_from') return value === 'creation' ? words.yes : words.no;
    if (name === 'channels') {
      if (value === 'all') return words.channelsAll;
      const names = (value as readonly string[]).map((id) => channels.find((each) => each.id === id)?.name ?? id);
      return names.length === 0 ? words.nothing : names.join(', ');
    }
    if (Array.isArray(value)) return value.length === 0 ? words.nothing : value.join(', ');
    if (typeof value === 'boolean') return value ? words.yes : words.no;
    const text = String(value);
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  };
}
