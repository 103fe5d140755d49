import { useQuery } from '@tanstack/react-query';
import { monitorsQuery } from '../../api/monitors.ts';
import { sitesQuery } from '../../api/sites.ts';
import { useChoosingWords } from '../../language/choosing.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { Chip, Toggles } from '../../ui/chips.tsx';
import { Choice } from '../../ui/field.tsx';
import { MonitorSearch } from '../../ui/monitor-search.tsx';
import type { FieldsProps } from './maintenance-form.tsx';
import { useCovered } from './which.tsx';

const byName = (one: string, other: string) => one.localeCompare(other);

/** For what: everything, or what has a tag, stands behind a site, or was named. */
export function WhichFields({ draft, errorOf, onChange }: FieldsProps) {
  const { form: words, which } = useMaintenanceWords();
  const known = useCovered(draft);
  const error = errorOf('which');
  return (
    <div className="flex flex-col gap-4">
      <Choice
        label={which}
        value={draft.all ? 'all' : 'chosen'}
        onChange={(choice) => onChange({ all: choice === 'all' })}
        options={[
          { value: 'chosen', label: words.chosen, help: words.chosenHelp },
          { value: 'all', label: words.all, help: words.allHelp },
        ]}
      />
      {!draft.all && <Chosen draft={draft} onChange={onChange} />}
      {error !== undefined && (
        <p role="alert" className="text-xs text-down">
          {error}
        </p>
      )}
      <p className="text-quiet" aria-live="polite">
        {known !== undefined && known.covered.length > 0 && words.covers(known.covered.length, known.total)}{' '}
        {!draft.all && draft.tags.length > 0 && words.coversTags}
      </p>
    </div>
  );
}

function Chosen({ draft, onChange }: Pick<FieldsProps, 'draft' | 'onChange'>) {
  const words = useChoosingWords();
  const { data: monitors } = useQuery(monitorsQuery);
  const { data: sites } = useQuery(sitesQuery);
  // A tag that nobody has any more is still chosen, and can be taken away.
  const tags = [...new Set([...(monitors ?? []).flatMap((monitor) => monitor.tags), ...draft.tags])].sort(byName);
  const nameOf = (id: string) => monitors?.find((monitor) => monitor.id === id)?.name ?? words.gone;
  return (
    <>
      {tags.length > 0 && (
        <Toggles
          label={words.tags}
          options={tags.map((tag) => ({ value: tag, label: tag }))}
          chosen={draft.tags}
          onChange={(chosen) => onChange({ tags: chosen })}
        />
      )}
      {(sites ?? []).length > 0 && (
        <Toggles
          label={words.sites}
          options={(sites ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          chosen={draft.sites}
          onChange={(chosen) => onChange({ sites: chosen })}
        />
      )}
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-1.5 font-medium">{words.monitors}</legend>
        {draft.monitors.length > 0 && (
          <div className="flex flex-wrap gap-2">
            {draft.monitors.map((id) => (
              <Chip
                key={id}
                label={nameOf(id)}
                removeLabel={words.remove(nameOf(id))}
                onRemove={() => onChange({ monitors: draft.monitors.filter((each) => each !== id) })}
              />
            ))}
          </div>
        )}
        <MonitorSearch chosen={draft.monitors} onPick={({ id }) => onChange({ monitors: [...draft.monitors, id] })} />
      </fieldset>
    </>
  );
}
