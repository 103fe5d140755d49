import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import type { ParsedSchedule } from '../../core/schedule/types.ts';
import type { PingKind } from '../../core/signal.ts';
import type { Chance } from '../../platform/chance.ts';
import type { JobStory, Trouble } from './story.ts';

/** One thing that a job says. */
export interface Word {
  readonly at: Instant;
  readonly kind: PingKind;
  readonly runId: string | null;
  readonly exitStatus: number | null;
  readonly output: string | null;
}

export interface JobOptions {
  readonly story: JobStory;
  readonly schedule: ParsedSchedule;
  /** From when on it runs, and when the demonstration begins. */
  readonly from: Instant;
  readonly shownAt: Instant;
  readonly chance: Chance;
}

/** Cron needs a moment to start things. */
const STARTS_WITHIN_MS = 3 * SECOND_MS;
const DEFAULT_TAKES_MS = 4 * SECOND_MS;
const DEFAULT_VARIES = 0.15;

/** Everything that a job ever says, in its order, without an end: the past of the story first, then what is to come. */
export function* wordsOf(options: JobOptions): Generator<Word, void, undefined> {
  const { story, chance, shownAt } = options;
  if (story.neverRan === true) return;
  let freeAt = options.from;
  for (const slot of slotsOf(options)) {
    const trouble = troubleAt(story, shownAt - slot);
    const delayMs = trouble?.how === 'late' ? trouble.delayMs : chance.int(200, STARTS_WITHIN_MS);
    const startedAt = Math.max(slot + delayMs, freeAt);
    const takesMs = lengthOf(options, startedAt, trouble);
    const runId = story.kind === 'process' ? chance.int(0x10000000, 0xffffffff).toString(16) : null;
    if (trouble?.how === 'dead') continue;
    if (story.kind === 'process') {
      yield { at: startedAt, kind: 'start', runId, exitStatus: null, output: null };
      if (trouble?.how === 'hanging') continue;
    }
    const endedAt = startedAt + takesMs;
    freeAt = endedAt + SECOND_MS;
    yield trouble?.how === 'failing'
      ? { at: endedAt, kind: 'fail', runId, exitStatus: trouble.exit, output: trouble.output }
      : { at: endedAt, kind: 'success', runId, exitStatus: null, output: outputOf(story, takesMs, chance) };
  }
}

/** When it is to run: by its schedule, a period counted from when it ran last before the beginning. */
function* slotsOf({ story, schedule, from, shownAt }: JobOptions): Generator<Instant, void, undefined> {
  if (schedule.source.type === 'period') {
    const periodMs = schedule.source.seconds * SECOND_MS;
    const last = shownAt - (story.lastRanMs ?? periodMs / 2);
    let at = last - Math.floor((last - from) / periodMs) * periodMs;
    for (;;) {
      yield at;
      at += periodMs;
    }
  }
  let slot = schedule.slotAfter(from);
  while (slot !== null) {
    yield slot.at;
    slot = schedule.slotAfter(slot.at);
  }
}

function troubleAt(story: JobStory, agoMs: number): Trouble | undefined {
  return story.troubles?.find(({ from, to }) => agoMs <= from && agoMs > to);
}

function lengthOf({ story, chance, shownAt }: JobOptions, at: Instant, trouble: Trouble | undefined): number {
  const usualMs = story.takesMs ?? DEFAULT_TAKES_MS;
  const varies = story.varies ?? DEFAULT_VARIES;
  const age = Math.max(0, shownAt - at) / (32 * DAY_MS);
  const grown = usualMs * (1 + (story.grows ?? 0) * (1 - age)) * (1 + varies * (chance.fraction() * 2 - 1));
  return Math.round(trouble?.how === 'slow' ? grown * trouble.factor : grown);
}

/** `{n}` becomes a number, `{time}` how long it took. */
function outputOf({ output }: JobStory, takesMs: number, chance: Chance): string | null {
  if (output === undefined) return null;
  const minutes = Math.floor(takesMs / MINUTE_MS);
  const seconds = Math.round((takesMs % MINUTE_MS) / SECOND_MS);
  return output
    .replaceAll('{n}', () => String(chance.int(1_200, 9_800)))
    .replaceAll('{time}', minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`);
}
