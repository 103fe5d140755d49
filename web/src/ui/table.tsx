import type { ReactNode } from 'react';

export interface Column<R> {
  readonly id: string;
  readonly head: ReactNode;
  readonly cell: (row: R) => ReactNode;
  readonly align?: 'left' | 'right';
  /** Left out where there is little room. */
  readonly isSecondary?: boolean;
  readonly className?: string;
}

interface Props<R> {
  /** What the table is about, for who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
}

/** Rows of 40 px; what does not fit scrolls inside, never the page. */
export function Table<R>({ label, columns, rows, keyOf }: Props<R>) {
  const cellClass = ({ align, isSecondary, className = '' }: Column<R>) =>
    `${align === 'right' ? 'text-right' : 'text-left'} ${isSecondary === true ? 'hidden md:table-cell' : ''} ${className}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className="relative overflow-x-auto" tabIndex={0} aria-label={label}>
      <table className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-xs text-quiet">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={`h-8 px-2 font-normal first:pl-0 last:pr-0 ${cellClass(column)}`}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0 hover:bg-hover">
              {columns.map((column) => (
                <td key={column.id} className={`h-10 px-2 py-1.5 first:pl-0 last:pr-0 ${cellClass(column)}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
