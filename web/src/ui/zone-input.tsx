import { type ComponentProps, useId } from 'react';
import { Input } from './field.tsx';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** The name of a time zone, with those that there are on offer. */
export function ZoneInput(props: Omit<ComponentProps<'input'>, 'list'>) {
  const list = useId();
  return (
    <>
      <Input {...props} list={list} spellCheck={false} autoComplete="off" maxLength={60} />
      <datalist id={list}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
