import { type ComponentProps, useState } from 'react';
import { useEntryWords } from '../language/entry.ts';
import { Input } from './field.tsx';

/** A password that can be looked at while it is typed. */
export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const words = useEntryWords();
  const [isShown, setShown] = useState(false);
  return (
    <div className="flex gap-2">
      <Input {...props} type={isShown ? 'text' : 'password'} className="min-w-0 flex-1" />
      <button
        type="button"
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="h-9 shrink-0 rounded-md px-2 text-accent hover:bg-hover"
      >
        {isShown ? words.hide : words.show}
      </button>
    </div>
  );
}
