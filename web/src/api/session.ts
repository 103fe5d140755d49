import { useQuery } from '@tanstack/react-query';
import { ApiError, apiKey, request } from './client.ts';
import type { Me, Team } from './types.ts';

/** Who is signed in; null for whoever came with an API key. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async ({ signal }): Promise<Me | null> => {
      if (apiKey() !== null) return null;
      return request<Me>('GET', '/api/v1/me', { signal });
    },
    staleTime: 60_000,
  });
}

/** The team that all pages are about. */
export function useTeam() {
  return useQuery({
    queryKey: ['team'],
    queryFn: ({ signal }) => request<Team>('GET', '/api/v1/team', { signal }),
    staleTime: 60_000,
  });
}

/**
 * Whether the reader may change things. A member of the role `readonly` may not; of an API key it is not known
 * beforehand, the server says so when it is tried.
 */
export function useMayWrite(): boolean {
  const { data, isPending } = useMe();
  // Until it is known nothing is offered that would be taken away again.
  return !isPending && data?.team?.role !== 'readonly';
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  try {
    await request('POST', '/api/auth/sign-out', { body: {}, open: true });
  } catch (error) {
    // Nobody was signed in any more: that is what was wanted.
    if (!(error instanceof ApiError && error.status >= 400 && error.status < 500)) throw error;
  }
}
