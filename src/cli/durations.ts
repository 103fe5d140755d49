import { CommandError, EXIT } from './output.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** `90`, `90s`, `5m`, `1h30m`, `2d` → seconds. `option` is named when it is none of these. */
export function readDuration(text: string, option: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!/^(\d{1,6}[smhdw])+$/.test(text)) {
    throw new CommandError(
      `--${option}: "${text.slice(0, 40)}" is no length of time; write 90s, 5m, 1h30m or 2d`,
      EXIT.misused,
    );
  }
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? 's'] ?? 1),
    0,
  );
}
