import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { putMonitor } from '../../api/monitors.ts';
import { useTeam } from '../../api/session.ts';
import type { Monitor } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useFormWords } from '../../language/monitor-form.ts';
import { viewerZone } from '../../language/times.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { emptyForm, errorsOf, type FormErrors, type FormState, readForm, withoutErrorsOf } from './form-state.ts';
import { MonitorFields } from './monitor-form.tsx';

/** A monitor in a minute. Afterwards its page shows the lines to copy and waits for the first call. */
export function NewMonitorPage() {
  const words = useFormWords();
  const common = useCommonWords();
  const go = useGo();
  const queries = useQueryClient();
  const { data: team } = useTeam();
  const teamZone = team?.timezone ?? 'UTC';
  const [given, setGiven] = useState<Partial<FormState>>({});
  const [errors, setErrors] = useState<FormErrors>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  // Until somebody says otherwise: the team's zone, and where that was left at UTC the reader's.
  const form: FormState = { ...emptyForm(teamZone === 'UTC' ? viewerZone() : teamZone), ...given };

  const create = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const read = readForm(form, words);
    if ('errors' in read) return setErrors(read.errors);
    setErrors({});
    setBusy(true);
    try {
      const body = { kind: form.kind, ...read.body };
      const monitor = await request<Monitor>('POST', '/api/v1/monitors', { body });
      putMonitor(queries, monitor);
      void queries.invalidateQueries({ queryKey: ['overview'] });
      go(`/monitors/${monitor.id}`, { replace: true });
    } catch (error) {
      const fields = error instanceof ApiError ? (error.body.errors ?? []) : [];
      if (fields.length > 0) setErrors(errorsOf(fields));
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={words.newTitle} width="form">
      <form className="flex flex-col gap-5" noValidate onSubmit={(event) => void create(event)}>
        <MonitorFields
          isNew
          form={form}
          errors={errors}
          onChange={(change) => {
            setGiven((before) => ({ ...before, ...change }));
            setErrors((before) => withoutErrorsOf(before, change));
          }}
        />
        {failure !== null && <ErrorNote error={failure} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {words.create}
          </Button>
          <PageLink to="/" className={buttonClass()}>
            {common.action.cancel}
          </PageLink>
        </div>
      </form>
    </Page>
  );
}
