const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** From near to far; each is drawn in parts of one length. */
export const ZOOMS = ['day', 'week', 'month', 'quarter'] as const;
export type Zoom = (typeof ZOOMS)[number];

interface Scale {
  readonly parts: number;
  readonly partMs: number;
}

export const SCALES: Readonly<Record<Zoom, Scale>> = {
  day: { parts: 96, partMs: 15 * MINUTE_MS },
  week: { parts: 84, partMs: 2 * HOUR_MS },
  month: { parts: 90, partMs: 8 * HOUR_MS },
  quarter: { parts: 90, partMs: DAY_MS },
};

export interface ZoomWindow {
  readonly zoom: Zoom;
  readonly from: number;
  readonly to: number;
}

/** The end of the part that an instant is in, counted from the reader's midnight: parts begin at whole hours there. */
function partEnd(at: number, partMs: number): number {
  const midnight = new Date(at);
  midnight.setHours(0, 0, 0, 0);
  return midnight.getTime() + (Math.floor((at - midnight.getTime()) / partMs) + 1) * partMs;
}

/** The window that ends with the part in which an instant is. */
export function windowUntil(zoom: Zoom, at: number): ZoomWindow {
  const { parts, partMs } = SCALES[zoom];
  const to = partEnd(at, partMs);
  return { zoom, from: to - parts * partMs, to };
}

/** The window before or after; never one that begins in the future. */
export function moved(window: ZoomWindow, by: -1 | 1, now: number): ZoomWindow {
  const length = window.to - window.from;
  return windowUntil(window.zoom, Math.min(window.to + by * length - 1, now));
}

/** Nearer, around a part of a window; null where there is nothing nearer. */
export function closer(window: ZoomWindow, part: number, now: number): ZoomWindow | null {
  const zoom = ZOOMS[ZOOMS.indexOf(window.zoom) - 1];
  if (zoom === undefined) return null;
  const { parts, partMs } = SCALES[window.zoom];
  const middle = window.from + (Math.min(Math.max(part, 0), parts - 1) + 0.5) * partMs;
  const half = (SCALES[zoom].parts * SCALES[zoom].partMs) / 2;
  return windowUntil(zoom, Math.min(middle + half, now));
}
