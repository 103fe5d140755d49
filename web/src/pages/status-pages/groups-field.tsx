import { useQuery } from '@tanstack/react-query';
import { monitorsQuery } from '../../api/monitors.ts';
import type { MonitorRow } from '../../api/types.ts';
import { useChoosingWords } from '../../language/choosing.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Toggles } from '../../ui/chips.tsx';
import { Checkbox, Field, Input } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { MonitorSearch } from '../../ui/monitor-search.tsx';
import { type GroupDraft, MAX_GROUPS, moved, newGroup } from './draft.ts';

interface Props {
  readonly groups: readonly GroupDraft[];
  readonly onChange: (groups: readonly GroupDraft[]) => void;
}

/** The groups of a page, one below the other as on the page. */
export function GroupsField({ groups, onChange }: Props) {
  const { form: words } = useStatusPageWords();
  const { data: monitors } = useQuery(monitorsQuery);
  return (
    <>
      {groups.map((group, index) => (
        <Group
          key={group.key}
          group={group}
          number={index + 1}
          count={groups.length}
          monitors={monitors ?? []}
          onChange={(part) => onChange(groups.with(index, { ...group, ...part }))}
          onMove={(by) => onChange(moved(groups, index, by))}
          onRemove={() => onChange(groups.filter((each) => each !== group))}
        />
      ))}
      {groups.length < MAX_GROUPS && (
        <div>
          <Button size="small" onClick={() => onChange([...groups, newGroup()])}>
            <Icon name="add" size={16} />
            {words.addGroup}
          </Button>
        </div>
      )}
    </>
  );
}

interface GroupProps {
  readonly group: GroupDraft;
  readonly number: number;
  readonly count: number;
  readonly monitors: readonly MonitorRow[];
  readonly onChange: (part: Partial<GroupDraft>) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
}

function Group({ group, number, count, monitors, onChange, onMove, onRemove }: GroupProps) {
  const { form: words } = useStatusPageWords();
  const choosing = useChoosingWords();
  const name = group.title === '' ? words.group(number) : group.title;
  const tags = [...new Set([...monitors.flatMap((monitor) => monitor.tags), ...group.tags])].sort((one, other) =>
    one.localeCompare(other),
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 rounded-md border border-line px-4 pt-2 pb-4">
      <legend className="sr-only">{name}</legend>
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <Field label={words.groupTitle} isOptional>
            <Input maxLength={100} value={group.title} onChange={(event) => onChange({ title: event.target.value })} />
          </Field>
        </div>
        <Movers name={name} isFirst={number === 1} isLast={number === count} onMove={onMove} />
        <IconButton label={`${words.removeGroup}: ${name}`} onClick={onRemove}>
          <Icon name="trash" />
        </IconButton>
      </div>
      <Members group={group} monitors={monitors} onChange={onChange} />
      {tags.length > 0 && (
        <div className="flex flex-col gap-1.5">
          <Toggles
            label={choosing.tags}
            options={tags.map((tag) => ({ value: tag, label: tag }))}
            chosen={group.tags}
            onChange={(chosen) => onChange({ tags: chosen })}
          />
          <p className="text-xs text-quiet">{words.tagsHelp}</p>
        </div>
      )}
      <Checkbox
        label={words.all}
        help={words.allHelp}
        checked={group.all}
        onChange={(event) => onChange({ all: event.target.checked })}
      />
    </fieldset>
  );
}

/** The monitors that were named, each with the name that everybody sees. */
function Members({ group, monitors, onChange }: Pick<GroupProps, 'group' | 'monitors' | 'onChange'>) {
  const { form: words } = useStatusPageWords();
  const choosing = useChoosingWords();
  const own = (id: string) => monitors.find((monitor) => monitor.id === id)?.name ?? choosing.gone;
  const { monitors: members } = group;
  return (
    <div className="flex flex-col gap-2">
      <span className="font-medium">{choosing.monitors}</span>
      {members.length > 0 && (
        <ul className="flex flex-col gap-2">
          {members.map((member, index) => (
            <li key={member.id} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
              <span className="min-w-0 flex-1 basis-full truncate sm:basis-0" title={own(member.id)}>
                {own(member.id)}
              </span>
              <Input
                className="min-w-0 flex-1"
                aria-label={words.shownAs(own(member.id))}
                placeholder={own(member.id)}
                maxLength={100}
                value={member.name}
                onChange={(event) =>
                  onChange({ monitors: members.with(index, { ...member, name: event.target.value }) })
                }
              />
              <span className="flex shrink-0">
                <Movers
                  name={own(member.id)}
                  isFirst={index === 0}
                  isLast={index === members.length - 1}
                  onMove={(by) => onChange({ monitors: moved(members, index, by) })}
                />
                <IconButton
                  label={choosing.remove(own(member.id))}
                  onClick={() => onChange({ monitors: members.filter((each) => each !== member) })}
                >
                  <Icon name="close" />
                </IconButton>
              </span>
            </li>
          ))}
        </ul>
      )}
      {members.length > 0 && <p className="text-xs text-quiet">{words.shownAsHelp}</p>}
      <MonitorSearch
        chosen={members.map(({ id }) => id)}
        onPick={({ id }) => onChange({ monitors: [...members, { id, name: '' }] })}
      />
    </div>
  );
}

interface MoversProps {
  readonly name: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove: (by: -1 | 1) => void;
}

function Movers({ name, isFirst, isLast, onMove }: MoversProps) {
  const { form: words } = useStatusPageWords();
  if (isFirst && isLast) return null;
  return (
    <span className="flex">
      <IconButton label={words.up(name)} disabled={isFirst} onClick={() => onMove(-1)}>
        <span className="rotate-180">
          <Icon name="down" />
        </span>
      </IconButton>
      <IconButton label={words.down(name)} disabled={isLast} onClick={() => onMove(1)}>
        <Icon name="down" />
      </IconButton>
    </span>
  );
}
