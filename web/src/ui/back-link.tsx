import type { ReactNode } from 'react';
import { Icon } from './icons.tsx';
import { PageLink } from './link.tsx';

/** Above a page's title: the list that it belongs to. */
export function BackLink({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <PageLink
      to={to}
      className="-mb-3 inline-flex items-center gap-1 self-start py-1 text-quiet no-underline hover:text-text"
    >
      <Icon name="left" size={16} />
      {children}
    </PageLink>
  );
}
