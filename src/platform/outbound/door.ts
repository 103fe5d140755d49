import type { Clock } from '../clock.ts';
import { type Answer, exchange } from './exchange.ts';
import { failure, type OutboundFailure } from './failure.ts';
import { firstHop, type Hop, isRedirect, nextHop } from './hop.ts';
import { type IsOwn, type OwnPort, ownPortsPredicate } from './own-ports.ts';
import { createSystemResolver, type Resolve } from './resolver.ts';
import { findRoute } from './route.ts';
import { createSlots } from './slots.ts';

export type { Answer as OutboundAnswer, OutboundHeaders } from './exchange.ts';
export type { OutboundFailure, OutboundFailureCode } from './failure.ts';

export interface OutboundRequest {
  readonly url: string;
  /** `GET` when not given. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** The whole of it: waiting for a place, look-up, connecting, redirects, body. */
  readonly timeoutMs: number;
  /** What is kept of the answer's body; 64 kB when not given. The rest is not read. */
  readonly maxResponseBytes?: number;
  /** 0 when not given: then a 3xx is an answer like any other. */
  readonly maxRedirects?: number;
  /** `http:`, `https:` or `socks5:`. It is the operator's own, so its address is not judged. */
  readonly proxyUrl?: string;
  /** A further authority to trust for this request. */
  readonly caPem?: string;
  /** The URL comes from the operator's settings, not from a user: private ranges are open for it. */
  readonly isOperatorTarget?: boolean;
  readonly signal?: AbortSignal;
}

export type OutboundResult = Answer | OutboundFailure;

export interface OutboundDoor {
  /** Sends a request. Never throws; every way it can go wrong is a value with a code and a sentence. */
  request(request: OutboundRequest): Promise<OutboundResult>;
  /** Ends what is under way (`aborted`) and refuses everything from now on. */
  close(): Promise<void>;
}

export interface OutboundDoorOptions {
  readonly clock: Clock;
  /** Whether users may call loopback and private ranges (ALLSWELL_PRIVATE_TARGETS). */
  readonly privateTargets: boolean;
  /** Where this process listens itself; never called, so that nobody drives our own API through us. */
  readonly ownPorts: readonly OwnPort[] | IsOwn;
  readonly resolve?: Resolve;
  readonly userAgent?: string;
  /** How many requests may be under way at once; further ones wait, within their deadline. */
  readonly maxConcurrent?: number;
}

export const DEFAULT_MAX_RESPONSE_BYTES = 64_000;
export const DEFAULT_MAX_CONCURRENT = 256;

/** Makes the one door through which every HTTP request of the program goes out. */
export function createOutboundDoor(options: OutboundDoorOptions): OutboundDoor {
  const { clock } = options;
  const slots = createSlots(options.maxConcurrent ?? DEFAULT_MAX_CONCURRENT);
  const context: HopContext = {
    resolve: options.resolve ?? createSystemResolver(),
    privateTargets: options.privateTargets,
    isOwn: typeof options.ownPorts === 'function' ? options.ownPorts : ownPortsPredicate(options.ownPorts),
    userAgent: options.userAgent ?? 'allswell',
  };
  const underWay = new Map<Promise<OutboundResult>, (reason: OutboundFailure) => void>();
  let isClosed = false;

  async function pass(request: OutboundRequest, controller: AbortController): Promise<OutboundResult> {
    if (!(await slots.take(controller.signal))) return GIVEN_UP;
    return followRedirects(context, request, controller.signal).finally(() => slots.give());
  }

  function start(request: OutboundRequest): Promise<OutboundResult> {
    const controller = new AbortController();
    let ending: OutboundFailure | null = null;
    const end = (reason: OutboundFailure) => {
      ending ??= reason;
      controller.abort();
    };
    const giveUp = () => end(GIVEN_UP);
    const cancelTimer = clock.after(request.timeoutMs, () => end(timeoutFailure(request.timeoutMs)));
    request.signal?.addEventListener('abort', giveUp, { once: true });
    if (request.signal?.aborted) giveUp();
    const running = pass(request, controller)
      // What failed because we ended it is told by the reason for ending it, not by its symptom.
      .then((result) => (result.ok || ending === null ? result : withStatus(ending, result.status)))
      .finally(() => {
        cancelTimer();
        request.signal?.removeEventListener('abort', giveUp);
        underWay.delete(running);
      });
    underWay.set(running, end);
    return running;
  }

  return {
    request: (request) => (isClosed ? Promise.resolve(STOPPING) : start(request)),
    async close() {
      isClosed = true;
      const running = [...underWay.keys()];
      for (const end of underWay.values()) end(STOPPING);
      await Promise.all(running);
    },
  };
}

const GIVEN_UP = failure('aborted', 'The request was given up.');
const STOPPING = failure('aborted', 'The server is stopping.');

function timeoutFailure(timeoutMs: number): OutboundFailure {
  return failure('timeout', `There was no complete answer within ${timeoutMs / 1_000} s.`);
}

function withStatus(ending: OutboundFailure, status: number | undefined): OutboundFailure {
  return status === undefined ? ending : { ...ending, status };
}

interface HopContext {
  readonly resolve: Resolve;
  readonly privateTargets: boolean;
  readonly isOwn: IsOwn;
  readonly userAgent: string;
}

async function followRedirects(
  context: HopContext,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const limit = request.maxRedirects ?? 0;
  let hop = firstHop(request, context.userAgent);
  for (let redirects = 0; ; redirects += 1) {
    if ('ok' in hop) return hop;
    const answer = await goOneHop(context, request, hop, signal);
    if (!answer.ok || limit === 0 || !isRedirect(answer)) return answer;
    if (redirects >= limit) {
      const times = limit === 1 ? 'once' : `${limit} times`;
      return failure('too_many_redirects', `${hop.url.host} redirected more than ${times}.`, answer.status);
    }
    hop = nextHop(hop, answer);
  }
}

async function goOneHop(
  context: HopContext,
  request: OutboundRequest,
  hop: Hop,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const { resolve, isOwn } = context;
  const rules = { privateTargets: context.privateTargets || request.isOperatorTarget === true, isOwn };
  const route = await findRoute({ url: hop.url, proxyUrl: request.proxyUrl, rules, resolve, signal });
  if ('ok' in route) return route;
  const maxResponseBytes = request.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  return exchange({ ...hop, route, signal, maxResponseBytes, caPem: request.caPem });
}
