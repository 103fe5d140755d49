import { type ComponentProps, createContext, type ReactNode, use, useId } from 'react';
import { useCommonWords } from '../language/common.ts';

interface FieldIds {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly isInvalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

/** What an input inside a `Field` needs, so that label, help and error are read with it. */
function useField(given: string | undefined) {
  const field = use(FieldContext);
  return {
    id: given ?? field?.id,
    'aria-describedby': field?.describedBy,
    'aria-invalid': field?.isInvalid === true ? true : undefined,
  };
}

interface FieldProps {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  /** What is wrong with it, in words that say what is allowed. */
  readonly error?: string | null | undefined;
  readonly isOptional?: boolean;
  readonly children: ReactNode;
}

/** Label above, the input, help below; an error stands in the help's place. */
export function Field({ label, help, error, isOptional = false, children }: FieldProps) {
  const id = useId();
  const words = useCommonWords();
  const isInvalid = error !== undefined && error !== null && error !== '';
  const hasNote = isInvalid || help !== undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
        {isOptional && <span className="font-normal text-quiet"> · {words.field.optional}</span>}
      </label>
      <FieldContext value={{ id, describedBy: hasNote ? `${id}-note` : undefined, isInvalid }}>{children}</FieldContext>
      {hasNote && (
        <p id={`${id}-note`} className={`text-xs ${isInvalid ? 'text-down' : 'text-quiet'}`} aria-live="polite">
          {isInvalid ? error : help}
        </p>
      )}
    </div>
  );
}

const BOX =
  'w-full rounded-md border border-line-strong bg-panel px-3 text-sm text-text placeholder:text-quiet aria-invalid:border-down disabled:opacity-60';

export function Input({ className = '', id, ...rest }: ComponentProps<'input'>) {
  return <input {...useField(id)} {...rest} className={`${BOX} h-9 ${className}`} />;
}

export function TextArea({ className = '', id, rows = 3, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...useField(id)} rows={rows} {...rest} className={`${BOX} py-2 ${className}`} />;
}

/** The system's own list: it works with every keyboard, phone and screen reader. */
export function Select({ className = '', id, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select {...useField(id)} {...rest} className={`${BOX} h-9 pr-8 ${className}`}>
      {children}
    </select>
  );
}

export function Checkbox({ label, help, className = '', ...rest }: ComponentProps<'input'> & CheckboxWords) {
  const id = useId();
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          aria-describedby={help === undefined ? undefined : id}
          {...rest}
          className="size-4 shrink-0 accent-accent"
        />
        <span>{label}</span>
      </label>
      {help !== undefined && (
        <p id={id} className="pl-6 text-xs text-quiet">
          {help}
        </p>
      )}
    </div>
  );
}

interface CheckboxWords {
  readonly label: ReactNode;
  readonly help?: ReactNode;
}

/** A few things of which one holds, side by side: radio buttons that look like a switch. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className={options.some(({ help }) => help !== undefined) ? 'grid gap-2' : 'flex flex-wrap gap-2'}>
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-9 cursor-pointer items-center gap-2 rounded-md border border-line-strong bg-panel px-3 py-1.5 has-checked:border-accent has-checked:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="accent-accent"
            />
            <span>
              {option.label}
              {option.help !== undefined && <span className="block text-xs text-quiet">{option.help}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A few views of the same thing, of which one is shown: radio buttons in one box. */
export function Segments<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="flex max-w-full overflow-x-auto rounded-md border border-line bg-panel p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className="cursor-pointer rounded-[4px] px-2.5 py-1 text-xs leading-5 whitespace-nowrap text-quiet hover:text-text has-checked:bg-hover has-checked:text-text has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: ReactNode;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: ReactNode; readonly help?: ReactNode }[];
  readonly onChange: (value: T) => void;
}
