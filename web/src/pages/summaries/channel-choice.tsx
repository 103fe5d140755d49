import type { FullChannel } from '../../api/channels.ts';
import { useSummaryWords } from '../../language/summaries.ts';
import { Checkbox, Choice } from '../../ui/field.tsx';

interface Props {
  readonly channels: readonly FullChannel[];
  readonly value: 'all' | readonly string[];
  readonly error: string | undefined;
  readonly onChange: (value: 'all' | readonly string[]) => void;
}

/** All channels, also later ones, or those that are chosen. */
export function ChannelChoice({ channels, value, error, onChange }: Props) {
  const { form: words } = useSummaryWords();
  const chosen = value === 'all' ? [] : value;
  const toggle = (id: string, isOn: boolean) => onChange(isOn ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <div className="flex flex-col gap-2.5">
      <Choice
        label={words.channels}
        value={value === 'all' ? 'all' : 'some'}
        options={[
          { value: 'all', label: words.all },
          { value: 'some', label: words.some },
        ]}
        onChange={(next) => onChange(next === 'all' ? 'all' : [])}
      />
      {value !== 'all' && channels.length === 0 && <p className="text-quiet">{words.none}</p>}
      {value !== 'all' &&
        channels.map(({ id, name }) => (
          <Checkbox
            key={id}
            label={name}
            checked={chosen.includes(id)}
            onChange={(event) => toggle(id, event.target.checked)}
          />
        ))}
      {error !== undefined && (
        <p role="alert" className="text-xs text-down">
          {error}
        </p>
      )}
    </div>
  );
}
