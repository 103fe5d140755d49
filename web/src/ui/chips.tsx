import type { ReactNode } from 'react';
import { Icon } from './icons.tsx';

interface TogglesProps {
  readonly label: ReactNode;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Some of a few things, side by side: checkboxes that look like switches. */
export function Toggles({ label, options, chosen, onChange }: TogglesProps) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="flex max-h-48 flex-wrap gap-2 overflow-y-auto -m-0.5 p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-8 max-w-full items-center gap-2 rounded-md border border-line-strong bg-panel px-2.5 py-1 has-checked:border-accent has-checked:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="checkbox"
              checked={chosen.includes(option.value)}
              onChange={(event) =>
                onChange(
                  event.target.checked ? [...chosen, option.value] : chosen.filter((each) => each !== option.value),
                )
              }
              className="size-4 shrink-0 accent-accent outline-none"
            />
            <span className="min-w-0 truncate" title={option.label}>
              {option.label}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ChipProps {
  readonly label: string;
  /** What the button says that takes it away. */
  readonly removeLabel: string;
  readonly onRemove: () => void;
}

/** One chosen thing that can be taken away again. */
export function Chip({ label, removeLabel, onRemove }: ChipProps) {
  return (
    <span className="inline-flex h-8 max-w-full items-center gap-1 rounded-md border border-line bg-panel pl-2.5">
      <span className="min-w-0 truncate" title={label}>
        {label}
      </span>
      <button
        type="button"
        aria-label={removeLabel}
        title={removeLabel}
        onClick={onRemove}
        className="flex size-8 shrink-0 items-center justify-center rounded-md text-quiet hover:bg-hover hover:text-text"
      >
        <Icon name="close" size={14} />
      </button>
    </span>
  );
}
