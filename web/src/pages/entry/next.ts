import { useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { setApiKey } from '../../api/client.ts';
import { useGo } from '../../ui/link.tsx';

export interface NextSearch {
  readonly next?: string;
  /** Why the provider's way in came to nothing, as a word. */
  readonly error?: string;
}

/** What the address of the sign-in page says: what was wanted before, and whether the provider sent its reader back. */
export const readNext = (search: Record<string, unknown>): NextSearch => ({
  ...(typeof search.next === 'string' ? { next: search.next } : {}),
  ...(typeof search.error === 'string' ? { error: search.error } : {}),
});

/** Only a path of ours: nobody is led elsewhere by a link that looks like our sign-in. */
export function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
}

/** Where to go from here once signed in, and how to keep that wish on the way to another page. */
export function useNext() {
  const { next, error } = useSearch({ strict: false }) as NextSearch;
  const queries = useQueryClient();
  const go = useGo();
  const wanted = safeNext(next);
  const enter = useCallback(
    (to = wanted, options: { readonly withKey?: boolean } = {}) => {
      if (options.withKey !== true) setApiKey(null);
      // What was asked before was asked by nobody, or by somebody else.
      queries.clear();
      go(to, { replace: true });
    },
    [wanted, queries, go],
  );
  const keep = (path: string) => (wanted === '/' ? path : `${path}?${new URLSearchParams({ next: wanted })}`);
  return { enter, keep, wanted, isRefused: error !== undefined };
}
