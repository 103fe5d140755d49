/** A plain request that ends within `withinMs`, body included. For the command line; the server has its own door. */
export function fetchWithin(url: string, init: RequestInit, withinMs: number): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(withinMs) });
}
