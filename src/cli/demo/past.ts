import { createReminders } from '../../alerts/reminders.ts';
import { createSender, type SenderOptions } from '../../alerts/sender.ts';
import { createSummaries } from '../../alerts/summaries/loop.ts';
import type { Gap } from '../../core/cause.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../../core/instant.ts';
import type { MonitorState, Run } from '../../core/monitor.ts';
import type { Effect, Signal } from '../../core/signal.ts';
import { JUDGE_AFTER_MS, step } from '../../core/step.ts';
import { readDueTimes } from '../../store/due-work.ts';
import type { SignalToSave } from '../../store/signals.ts';
import { type Decision, saveDecisions } from '../../watch/commit.ts';
import type { Definition } from '../../watch/definitions.ts';
import { signalOf, signalToSave } from '../../watch/flush.ts';
import { createGapNotices } from '../../watch/gap-notices.ts';
import { createHoldRelease } from '../../watch/hold-release.ts';
import type { Ping } from '../../watch/ping.ts';
import type { StoryClock } from './story-clock.ts';

/** Signals of the past that are kept in memory before they are written. */
const MAX_PENDING_SIGNALS = 5_000;
/** While something is down it is looked so often whether somebody has to be reminded. */
const REMIND_EVERY_MS = HOUR_MS;

/** A job of the past: what it says, and what is known about its monitor. */
export interface Desk {
  readonly definition: Definition;
  readonly pings: Iterator<Ping>;
  state: MonitorState;
}

interface OpenDesk extends Desk {
  next: Ping | null;
  effects: Effect[];
  signals: SignalToSave[];
  readonly runs: Map<string, Run>;
}

export interface PastOptions extends Omit<SenderOptions, 'clock'> {
  readonly clock: StoryClock;
}

/**
 * Time that is gone through at once: the real core judges every ping and every deadline in its order, and what follows
 * is written and sent by the code that always does it. What only moves a state is written together later on.
 */
export interface Past {
  /** Does something at its time. */
  at(instant: Instant, deed: () => Promise<void>): void;
  open(desk: Desk): void;
  /** A person's decision about one monitor. */
  control(desk: Desk, signal: Signal): Promise<void>;
  /** From now on these gaps excuse what they touched. Call it at the end of the gap. */
  readonly gaps: Gap[];
  /** In these times nothing is heard and nothing is judged. */
  readonly blind: Gap[];
  readonly look: { readonly summaries: () => Promise<unknown>; readonly gapNotices: () => Promise<unknown> };
  /** Goes on until then and leaves everything written. */
  run(until: Instant): Promise<void>;
}

const isTellable = ({ type }: Effect) =>
  type === 'open_incident' || type === 'close_incident' || type === 'tell_never_heard';

export function createPast(options: PastOptions): Past {
  const { database, clock, newId } = options;
  const desks: OpenDesk[] = [];
  const deeds: { readonly at: Instant; readonly deed: () => Promise<void> }[] = [];
  const [gaps, blind]: [Gap[], Gap[]] = [[], []];
  const holdRelease = createHoldRelease(options);
  const reminders = createReminders(options);
  const summaries = createSummaries(options);
  const gapNotices = createGapNotices(options);
  const next = { delivery: null as Instant | null, hold: null as Instant | null, reminder: null as Instant | null };

  const flush = async (which: readonly OpenDesk[]) => {
    const signals = which.flatMap((desk) => desk.signals);
    const decisions = which.map(({ definition, state, effects }): Decision => {
      return { monitorId: definition.monitor.id, teamId: definition.teamId, before: null, state, effects };
    });
    for (const desk of which) [desk.signals, desk.effects] = [[], []];
    await database.transaction((tx) => saveDecisions(tx, decisions, signals, { now: clock.now(), newId }));
  };

  /** Sends what is due, and finds out when there is something to send next. */
  const settle = async () => {
    for (let sent = 1; sent > 0; ) {
      const sender = createSender(options);
      sent = await sender.look();
      await sender.stop();
    }
    const { holdAt: hold, laterDeliveryAt } = await readDueTimes(database, clock.now());
    next.delivery = laterDeliveryAt;
    next.hold = hold === null ? null : Math.max(hold + JUDGE_AFTER_MS + 1, clock.now() + SECOND_MS);
    const isOpen = desks.some(({ state }) => state.incident !== null);
    next.reminder = isOpen ? (next.reminder ?? clock.now() + REMIND_EVERY_MS) : null;
  };

  const apply = async (desk: OpenDesk, signal: Signal, ping: Ping | null) => {
    const { monitor } = desk.definition;
    const namedRun = ping?.runId ? desk.runs.get(ping.runId) : undefined;
    const result = step(monitor, desk.state, signal, { now: clock.now(), newId, gaps, namedRun });
    desk.state = result.state;
    desk.effects.push(...result.effects);
    for (const effect of result.effects) {
      if (effect.type === 'save_run' && effect.run.runId !== null) desk.runs.set(effect.run.runId, effect.run);
    }
    if (ping !== null) desk.signals.push(signalToSave(monitor.id, ping, ping.receivedAt, result));
    if (result.effects.some(isTellable)) {
      await flush([desk]);
      await settle();
    } else if (desk.signals.length >= MAX_PENDING_SIGNALS) {
      await flush([desk]);
    }
  };

  const hear = (desk: OpenDesk) => {
    const ping = desk.next;
    const said = desk.pings.next();
    desk.next = said.done === true ? null : said.value;
    return ping === null || blind.some(({ from, to }) => ping.receivedAt >= from && ping.receivedAt <= to)
      ? null
      : ping;
  };

  const wakeOf = ({ state }: Desk): Instant => {
    if (state.wakeAt === null) return Number.POSITIVE_INFINITY;
    const at = state.wakeAt + JUDGE_AFTER_MS;
    return blind.find(({ from, to }) => at >= from && at <= to)?.to ?? at;
  };

  /** The earliest thing to happen, and how; pings before deadlines. */
  const earliest = (): { at: Instant; happen: () => Promise<unknown> } => {
    let [at, happen]: [Instant, () => Promise<unknown>] = [Number.POSITIVE_INFINITY, async () => undefined];
    const offer = (when: Instant | null, what: () => Promise<unknown>) => {
      if (when !== null && when < at) [at, happen] = [when, what];
    };
    offer(deeds[0]?.at ?? null, async () => deeds.shift()?.deed());
    for (const desk of desks) {
      offer(desk.next?.receivedAt ?? null, async () => {
        const ping = hear(desk);
        if (ping !== null) await apply(desk, signalOf(ping), ping);
      });
      offer(wakeOf(desk), () => apply(desk, { kind: 'wake', upTo: clock.now() - JUDGE_AFTER_MS }, null));
    }
    offer(next.delivery, settle);
    offer(next.hold, () => holdRelease.look().then(settle));
    offer(next.reminder, () => {
      next.reminder = clock.now() + REMIND_EVERY_MS;
      return reminders.look().then((told) => (told > 0 ? settle() : undefined));
    });
    return { at, happen };
  };

  return {
    gaps,
    blind,
    at(instant, deed) {
      deeds.push({ at: instant, deed });
      deeds.sort((one, other) => one.at - other.at);
    },
    open(desk) {
      const open = Object.assign(desk, { next: null, effects: [], signals: [], runs: new Map<string, Run>() });
      desks.push(open);
      hear(open);
    },
    async control(desk, signal) {
      const open = desks.find((each) => each === desk);
      if (open === undefined) throw new Error('a desk has to be opened first');
      await apply(open, signal, null);
      await flush([open]);
    },
    look: {
      summaries: async () => {
        await flush(desks);
        await summaries.look();
        await settle();
      },
      gapNotices: () => gapNotices.look().then(settle),
    },
    async run(until) {
      for (;;) {
        const { at, happen } = earliest();
        if (at > until) break;
        clock.moveTo(at);
        await happen();
      }
      clock.moveTo(until);
      await flush(desks);
      await settle();
    },
  };
}
