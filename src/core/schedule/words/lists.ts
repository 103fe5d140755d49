import { linearStep } from './time-shape.ts';

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(items: readonly string[], and: string): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${and} ${last}`;
}

/** From this many on neighbours are written as a range. */
const MIN_RANGE = 3;
/** From this many on an even sequence is written with an ellipsis. */
const MIN_ELLIPSIS = 6;

/** Ascending numbers: `1, 5 and 10–20`, `0, 7 … 56`. */
export function numberWords(numbers: readonly number[], and: string): string {
  const step = linearStep(numbers);
  if (step !== null && step > 1 && numbers.length >= MIN_ELLIPSIS) {
    return `${numbers[0]}, ${numbers[1]} … ${numbers.at(-1)}`;
  }
  return joinWords(runs(numbers).flatMap(runWords), and);
}

function runWords(run: readonly number[]): string[] {
  return run.length >= MIN_RANGE ? [`${run[0]}–${run.at(-1)}`] : run.map(String);
}

/** Cuts ascending numbers into stretches of neighbours. */
function runs(numbers: readonly number[]): number[][] {
  const found: number[][] = [];
  for (const number of numbers) {
    const run = found.at(-1);
    if (run !== undefined && run.at(-1) === number - 1) run.push(number);
    else found.push([number]);
  }
  return found;
}

/** Weekdays (0 is Sunday) in the order of a week that begins on Monday. */
export function mondayFirst(weekdays: readonly number[]): number[] {
  return [...weekdays].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
}

/** The first and the last of three or more weekdays in a row (Monday first), else null. */
export function weekdayRun(weekdays: readonly number[]): { readonly first: number; readonly last: number } | null {
  const places = mondayFirst(weekdays).map((weekday) => (weekday + 6) % 7);
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined || places.length < MIN_RANGE || linearStep(places) !== 1) return null;
  return { first: (first + 1) % 7, last: (last + 1) % 7 };
}

/** `n` when the numbers are 0, 1, … n - 1 and there are two or more of them, else null. */
export function countFromZero(numbers: readonly number[]): number | null {
  return numbers.length > 1 && numbers.every((number, index) => number === index) ? numbers.length : null;
}
