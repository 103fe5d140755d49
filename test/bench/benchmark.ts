/** One line of the table. */
export interface Measure {
  readonly name: string;
  /** As a person reads it, with its unit. */
  readonly value: string;
  /** The same as a number, for the picture. */
  readonly number: number;
  readonly target: string;
  /** Null: there is no target, the line is for understanding. */
  readonly met: boolean | null;
}

export interface Settings {
  /** Length of one measured stretch; null: as the targets want it. */
  readonly seconds: number | null;
  readonly say: (line: string) => void;
}

/** A picture of what was measured, as SVG. */
export interface Picture {
  readonly name: string;
  readonly svg: string;
}

export interface Report {
  readonly measures: readonly Measure[];
  readonly pictures?: readonly Picture[];
  /** What was measured on the way, for whoever wants to look closer. */
  readonly details: unknown;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(settings: Settings): Promise<Report>;
}

export function atLeast(name: string, number: number, target: number, unit = '', digits = 3): Measure {
  const value = `${number.toFixed(digits)}${unit}`;
  return { name, number, value, target: `≥ ${target}${unit}`, met: number >= target };
}

export function below(name: string, number: number, target: number, unit = '', digits = 1): Measure {
  const value = `${number.toFixed(digits)}${unit}`;
  return { name, number, value, target: `< ${target}${unit}`, met: number < target };
}

export function fact(name: string, number: number, unit = '', digits = 0): Measure {
  return { name, number, value: `${number.toFixed(digits)}${unit}`, target: '', met: null };
}
