import { type ReactNode, useEffect } from 'react';
import { setPageTitle } from './tab.ts';

interface Props {
  readonly title: ReactNode;
  /** What the browser's tab says; the title itself when that is a text. */
  readonly tabTitle?: string;
  /** Above the title: where this belongs. */
  readonly above?: ReactNode;
  readonly actions?: ReactNode;
  /** Reading takes 1,280 px at the most, forms 720; lists take all there is. */
  readonly width?: 'reading' | 'form' | 'full';
  readonly children: ReactNode;
}

const WIDTHS = { reading: 'max-w-[1280px]', form: 'max-w-[720px]', full: '' } as const;

/** A page: its one heading, what can be done, its content. */
export function Page({ title, tabTitle, above, actions, width = 'reading', children }: Props) {
  const named = tabTitle ?? (typeof title === 'string' ? title : '');
  useEffect(() => setPageTitle(named), [named]);
  return (
    <main id="content" className={`flex w-full min-w-0 flex-col gap-5 px-4 py-5 md:px-8 md:py-6 ${WIDTHS[width]}`}>
      {above}
      <header className="flex flex-wrap items-start sm:flex-nowrap justify-between gap-x-4 gap-y-3">
        <h1 className="min-w-0 flex-1 basis-full text-lg break-words sm:basis-0">{title}</h1>
        {actions !== undefined && (
          <div className="flex max-w-full shrink-0 flex-wrap items-center gap-2">{actions}</div>
        )}
      </header>
      {children}
    </main>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, actions, children }: SectionProps) {
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-2">
        <h2 className="text-base">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

interface SectionProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}
