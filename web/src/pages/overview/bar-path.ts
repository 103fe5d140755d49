import type { BeatOutcome, PartOutcome } from '../../api/types.ts';

export type BarOutcome = BeatOutcome | PartOutcome;

export const BAR_COLOURS: Readonly<Record<BarOutcome, string>> = {
  success: 'text-up',
  fail: 'text-down',
  missed: 'text-down',
  down: 'text-down',
  unknown: 'text-quiet',
  late: 'text-late',
  running: 'text-new',
  paused: 'text-quiet',
};

export interface Bar {
  /** Its left edge, width and height, and the height of the strip that it stands in. */
  readonly x: number;
  readonly width: number;
  readonly tall: number;
  readonly height: number;
}

/** One bar; what it means is in its form too: failed has a notch, missed is hollow, unknown is hatched. */
export function barPath(outcome: BarOutcome, { x, width, tall, height }: Bar): string {
  const top = height - tall;
  const right = x + width;
  switch (outcome) {
    case 'fail':
      return `M${x} ${top}L${x + width / 2} ${top + Math.min(width * 0.9, tall)}L${right} ${top}V${height}H${x}Z`;
    case 'missed':
    case 'down':
      return `M${x} ${top}H${right}V${height}H${x}ZM${x + 1} ${top + 1}V${height - 1}H${right - 1}V${top + 1}Z`;
    case 'unknown': {
      const lines: string[] = [];
      for (let y = top; y < height; y += 4) lines.push(`M${x} ${Math.min(y + 2, height)}H${right}V${y}H${x}Z`);
      return lines.join('');
    }
    case 'late':
      return `M${x} ${top + width / 2}L${right} ${top}V${height}H${x}Z`;
    case 'running':
      return `M${x} ${top}H${right}V${top + 2}H${x}ZM${x} ${top + 4}H${right}V${height}H${x}Z`;
    default:
      return `M${x} ${top}H${right}V${height}H${x}Z`;
  }
}
