import { useCallback, useState } from 'react';

/** A choice of the reader that outlives the page; what cannot be read is not there. */
export function useRemembered<T extends string>(key: string, choices: readonly T[], first: T): [T, (value: T) => void] {
  const name = `allswell.${key}`;
  const [value, setValue] = useState<T>(() => choices.find((choice) => choice === localStorage.getItem(name)) ?? first);
  const choose = useCallback(
    (next: T) => {
      localStorage.setItem(name, next);
      setValue(next);
    },
    [name],
  );
  return [value, choose];
}
