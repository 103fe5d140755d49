import { type ReactNode, useEffect } from 'react';
import { useCommonWords } from '../../language/common.ts';
import { LANGUAGES } from '../../language/languages.ts';
import { useLanguage } from '../../language/provider.tsx';
import { Lantern } from '../../ui/shell/rail.tsx';
import { setPageTitle } from '../../ui/tab.ts';

interface Props {
  readonly title: string;
  readonly text?: ReactNode;
  readonly children?: ReactNode;
}

/** A page for somebody who is not in yet: the mark, one heading, one thing to do. */
export function EntryFrame({ title, text, children }: Props) {
  useEffect(() => setPageTitle(title), [title]);
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-[400px] flex-col px-5 py-8 sm:pt-[12dvh]">
      <p className="mb-7 flex items-center gap-2 font-semibold">
        <Lantern size={22} />
        allswell
      </p>
      <main id="content" className="flex flex-col gap-5">
        <header className="flex flex-col gap-2">
          <h1 className="text-lg break-words">{title}</h1>
          {text !== undefined && <p className="break-words text-quiet">{text}</p>}
        </header>
        {children}
      </main>
      <LanguageChoice />
    </div>
  );
}

function LanguageChoice() {
  const words = useCommonWords();
  const { language, choose } = useLanguage();
  return (
    <footer className="mt-auto flex gap-1 pt-10 text-xs">
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          aria-pressed={each === language}
          onClick={() => choose(each)}
          className="h-8 rounded-md px-2 text-quiet hover:bg-hover aria-pressed:font-medium aria-pressed:text-text"
        >
          {words.language[each]}
        </button>
      ))}
    </footer>
  );
}

/** Another way, below the form. */
export function Ways({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-col items-start gap-2.5 border-t border-line pt-4">{children}</div>;
}
