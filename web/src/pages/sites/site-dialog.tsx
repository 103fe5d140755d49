import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { monitorsQuery } from '../../api/monitors.ts';
import type { Site } from '../../api/sites.ts';
import { useCommonWords } from '../../language/common.ts';
import { useSiteWords } from '../../language/sites.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { useToast } from '../../ui/toast.tsx';

interface Props {
  /** The one to change; none: a new one. */
  readonly site?: Site;
  readonly onClose: () => void;
}

export function SiteDialog({ site, onClose }: Props) {
  const { form: words, edit } = useSiteWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { data: monitors } = useQuery(monitorsQuery);
  const [name, setName] = useState(site?.name ?? '');
  const [gateway, setGateway] = useState(site?.gateway_monitor_id ?? '');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name' | 'gateway_monitor_id'>({
    fields: ['name', 'gateway_monitor_id'],
    check: () => onlyErrors({ name: needed(name, common.field), gateway_monitor_id: needed(gateway, common.field) }),
    work: async () => {
      const body = { name: name.trim(), gateway_monitor_id: gateway };
      if (site === undefined) await request('POST', '/api/v1/sites', { body });
      else await request('PATCH', `/api/v1/sites/${site.id}`, { body });
      onClose();
      toast({ text: words.saved });
      await queries.invalidateQueries({ queryKey: ['sites'] });
    },
  });
  // Who stands behind a site cannot be a gateway.
  const choices = (monitors ?? [])
    .filter((monitor) => (monitor.site_id ?? null) === null)
    .toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <Dialog isOpen onClose={onClose} title={site === undefined ? words.make : edit}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
          <Input autoFocus name="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label={words.gateway}
          help={monitors?.length === 0 ? words.noMonitor : words.gatewayHelp}
          error={errorOf('gateway_monitor_id')}
        >
          <Select value={gateway} onChange={(event) => setGateway(event.target.value)}>
            <option value="">{words.choose}</option>
            {choices.map((monitor) => (
              <option key={monitor.id} value={monitor.id}>
                {monitor.name}
              </option>
            ))}
          </Select>
        </Field>
        <FormFailure failure={failure} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {site === undefined ? words.make : common.action.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
