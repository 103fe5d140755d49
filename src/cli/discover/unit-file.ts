/* Reading systemd's unit files (latin1) and its lengths of time. */

/** The settings of a unit and its drop-ins, in the order in which systemd reads them. */
export type UnitSettings = readonly UnitSetting[];

export interface UnitSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The settings of one file. Lines that end in a backslash go on in the next one; comments in between are left out. */
export function parseUnit(text: string): UnitSettings {
  const settings: UnitSetting[] = [];
  let section = '';
  let begun = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]*[#;]/.test(line)) continue;
    const whole = begun + (begun === '' ? line : line.replace(/^[ \t]+/, ''));
    begun = '';
    if (whole.endsWith('\\')) {
      begun = `${whole.slice(0, -1)} `;
      continue;
    }
    const header = /^[ \t]*\[([^\]]*)\][ \t]*$/.exec(whole);
    const setting = /^[ \t]*([A-Za-z][\w-]*)[ \t]*=[ \t]*(.*?)[ \t]*$/.exec(whole);
    if (header !== null) section = header[1] ?? '';
    else if (setting !== null) settings.push({ section, key: setting[1] ?? '', value: setting[2] ?? '' });
  }
  return settings;
}

/** All values of a setting that may stand several times; an empty one forgets those before it. */
export function settingsOf(unit: UnitSettings, section: string, key: string): string[] {
  let values: string[] = [];
  for (const one of unit) {
    if (one.section === section && one.key === key) values = one.value === '' ? [] : [...values, one.value];
  }
  return values;
}

/** The last value of a setting; null when there is none. */
export function settingOf(unit: UnitSettings, section: string, key: string): string | null {
  return settingsOf(unit, section, key).at(-1) ?? null;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map(
  (
    [
      [1e-6, 'us usec µs'],
      [1e-3, 'ms msec'],
      [1, 's sec second seconds'],
      [60, 'm min minute minutes'],
      [3_600, 'h hr hour hours'],
      [86_400, 'd day days'],
      [604_800, 'w week weeks'],
      [2_629_800, 'M month months'],
      [31_557_600, 'y year years'],
    ] as const
  ).flatMap(([seconds, names]) => names.split(' ').map((name) => [name, seconds] as const)),
);

/** `1h 30min`, `90` (seconds), `2d` → seconds; null when it is no length of time. */
export function readTimeSpan(text: string): number | null {
  if (!/^(\s*\d{1,12}(\.\d{1,6})?\s*[a-zA-Zµ]*)+\s*$/.test(text)) return null;
  let seconds = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)/g)) {
    const factor = unit === '' ? 1 : UNIT_SECONDS.get(unit);
    if (factor === undefined) return null;
    seconds += Number(count) * factor;
  }
  return seconds;
}
