/** What happened when, and what was found wrong; both are bounded. */
export interface Timeline {
  note(text: string): void;
  /** Something that must not be. */
  violation(text: string): void;
  readonly violations: readonly string[];
  /** Everything, a line each. */
  lines(): string[];
}

const MAX_ENTRIES = 5_000;
const MAX_VIOLATIONS = 200;

/** `tell` hears each line as it is written. */
export function createTimeline(tell: (line: string) => void): Timeline {
  const begunAt = Date.now();
  const entries: string[] = [];
  const violations: string[] = [];
  const note = (text: string) => {
    const line = `${((Date.now() - begunAt) / 1_000).toFixed(3).padStart(9)} s  ${text}`;
    if (entries.length < MAX_ENTRIES) entries.push(line);
    tell(line);
  };
  return {
    note,
    violation(text) {
      if (violations.length < MAX_VIOLATIONS) violations.push(text);
      note(`VIOLATION ${text}`);
    },
    violations,
    lines: () => [...entries],
  };
}
