import type { ReactNode } from 'react';

interface Props {
  readonly title: ReactNode;
  /** What will be here. */
  readonly text: ReactNode;
  /** The one next step. */
  readonly children?: ReactNode;
}

/** A page without anything on it says what will be here and gives the one next step. */
export function Empty({ title, text, children }: Props) {
  return (
    <div className="mx-auto flex max-w-lg flex-col items-start gap-3 py-16">
      <h2 className="text-lg">{title}</h2>
      <p className="text-quiet">{text}</p>
      {children}
    </div>
  );
}
