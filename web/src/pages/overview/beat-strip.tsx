import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import type { Beat, BeatOutcome } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDuration, formatShort } from '../../language/times.ts';
import { type Bar, barsOf } from './beats.ts';

const COLOURS: Readonly<Record<BeatOutcome, string>> = {
  success: 'text-up',
  fail: 'text-down',
  missed: 'text-down',
  unknown: 'text-quiet',
  late: 'text-late',
  running: 'text-new',
  paused: 'text-quiet',
};

interface Size {
  readonly bar: number;
  readonly gap: number;
  readonly height: number;
}

const SIZES: Readonly<Record<'row' | 'large', Size>> = {
  row: { bar: 4, gap: 1, height: 18 },
  large: { bar: 9, gap: 2, height: 44 },
};

/** One bar; what it means is in its form too: failed has a notch, missed is hollow, unknown is hatched. */
function barPath({ beat, share }: Bar, x: number, { bar, height }: Size): string {
  const tall = Math.max(2, Math.round(share * height));
  const top = height - tall;
  const right = x + bar;
  switch (beat.outcome) {
    case 'fail':
      return `M${x} ${top}L${x + bar / 2} ${top + bar * 0.9}L${right} ${top}V${height}H${x}Z`;
    case 'missed':
      return `M${x} ${top}H${right}V${height}H${x}ZM${x + 1} ${top + 1}V${height - 1}H${right - 1}V${top + 1}Z`;
    case 'unknown': {
      const lines: string[] = [];
      for (let y = top; y < height; y += 4) lines.push(`M${x} ${Math.min(y + 2, height)}H${right}V${y}H${x}Z`);
      return lines.join('');
    }
    case 'late':
      return `M${x} ${top + bar / 2}L${right} ${top}V${height}H${x}Z`;
    case 'running':
      return `M${x} ${top}H${right}V${top + 2}H${x}ZM${x} ${top + 4}H${right}V${height}H${x}Z`;
    default:
      return `M${x} ${top}H${right}V${height}H${x}Z`;
  }
}

interface Props {
  readonly beats: readonly Beat[];
  readonly size?: 'row' | 'large';
  /** So many places; newest right. */
  readonly places?: number;
  readonly name: string;
}

/** The last results, newest right: height is the length against the usual, colour and form the outcome. */
export function BeatStrip({ beats, size = 'row', places = 40, name }: Props) {
  const { language } = useLanguage();
  const words = useMonitorWords();
  const [pointed, setPointed] = useState<number | null>(null);
  const measures = SIZES[size];
  const shown = beats.slice(-places);
  const bars = useMemo(() => barsOf(beats.slice(-places)), [beats, places]);
  const step = measures.bar + measures.gap;
  const width = places * step - measures.gap;
  const offset = (places - bars.length) * step;
  const at = pointed === null ? undefined : shown[pointed];

  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) * (width / box.width) - offset) / step);
    setPointed(place >= 0 && place < shown.length ? place : null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (move === 0 || shown.length === 0) return;
    event.preventDefault();
    setPointed((place) => Math.min(Math.max((place ?? shown.length) + move, 0), shown.length - 1));
  };

  const describe = (beat: Beat) =>
    [
      words.outcome[beat.outcome],
      formatShort(Date.parse(beat.at), language),
      beat.duration_seconds === null ? null : formatDuration(beat.duration_seconds * 1_000, language),
      beat.exit_status === null || beat.exit_status === 0 ? null : words.exit(beat.exit_status),
    ]
      .filter((part) => part !== null)
      .join(' · ');

  return (
    <div className={`relative ${size === 'large' ? 'w-full' : ''}`} style={{ maxWidth: width }}>
      <svg
        role="img"
        aria-label={words.strip(name, beats.length, beats.filter(isBad).length)}
        viewBox={`0 0 ${width} ${measures.height}`}
        width={size === 'row' ? width : '100%'}
        height={size === 'row' ? measures.height : undefined}
        className="block rounded-[2px]"
        tabIndex={size === 'large' ? 0 : undefined}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPointed(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setPointed(null)}
      >
        {bars.map((bar, index) => (
          <path
            key={`${bar.beat.at} ${bar.beat.outcome}`}
            d={barPath(bar, offset + index * step, measures)}
            fill="currentColor"
            fillRule="evenodd"
            className={`${COLOURS[bar.beat.outcome]} ${index === pointed ? '' : pointed === null ? '' : 'opacity-60'} ${index === bars.length - 1 ? 'animate-slide-in' : ''}`}
          />
        ))}
        {bars.length < places && (
          <path
            d={`M0 ${measures.height - 1}H${Math.max(0, offset - measures.gap)}V${measures.height}H0Z`}
            className="fill-line-strong"
          />
        )}
      </svg>
      {at !== undefined && (
        <div
          aria-live="polite"
          className="pointer-events-none absolute bottom-full left-0 z-20 mb-1.5 max-w-96 rounded-md border border-line bg-panel px-2.5 py-1.5 text-xs whitespace-nowrap shadow-overlay"
        >
          <div>{describe(at)}</div>
          {at.first_line !== null && at.first_line !== '' && (
            <div className="truncate font-mono text-quiet">{at.first_line}</div>
          )}
        </div>
      )}
    </div>
  );
}

const isBad = ({ outcome }: Beat) => outcome === 'fail' || outcome === 'missed';
