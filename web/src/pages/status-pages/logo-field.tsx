import { useId, useState } from 'react';
import { address } from '../../api/client.ts';
import type { StatusPage } from '../../api/status-page-facts.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { LOGO_TYPES, logoFault, type StatusPageDraft } from './draft.ts';

interface Props {
  readonly logo: StatusPageDraft['logo'];
  readonly page: StatusPage | null;
  readonly error: string | undefined;
  readonly onChange: (logo: string | null) => void;
}

function read(file: File): Promise<string> {
  return new Promise((give, fail) => {
    const reader = new FileReader();
    reader.onload = () => give(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}

/** A small picture; what was chosen is shown at once. */
export function LogoField({ logo, page, error, onChange }: Props) {
  const { form: words } = useStatusPageWords();
  const id = useId();
  const [fault, setFault] = useState<string | null>(null);
  const hasKept = logo === undefined && page?.has_logo === true;
  // Of a draft there is no address to show it from.
  const kept = hasKept && page.public ? address(`/status/${page.slug}/logo`) : null;
  const shown = logo ?? kept;
  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    const found = logoFault(file, words);
    setFault(found);
    if (found === null) onChange(await read(file));
  };
  const said = fault ?? error;
  return (
    <div className="flex flex-col gap-1.5">
      <span className="font-medium">{words.logo}</span>
      <div className="flex flex-wrap items-center gap-3">
        {shown !== null && <img src={shown} alt={words.logo} className="max-h-12 max-w-40" />}
        {hasKept && kept === null && <span className="text-quiet">{words.logoKept}</span>}
        <label
          className={`${buttonClass({ size: 'small' })} cursor-pointer has-focus-visible:outline-2 has-focus-visible:outline-accent`}
        >
          <input
            type="file"
            accept={LOGO_TYPES.join(',')}
            aria-describedby={id}
            className="sr-only"
            onChange={(event) => {
              const [file] = event.target.files ?? [];
              // The same file again, made smaller meanwhile, is a choice too.
              event.target.value = '';
              void choose(file).catch(() => setFault(words.logoWrong));
            }}
          />
          {words.logoChoose}
        </label>
        {(hasKept || typeof logo === 'string') && (
          <Button size="small" onClick={() => onChange(null)}>
            {words.logoRemove}
          </Button>
        )}
      </div>
      <p id={id} aria-live="polite" className={`text-xs ${said === undefined ? 'text-quiet' : 'text-down'}`}>
        {said ?? words.logoHelp}
      </p>
    </div>
  );
}
