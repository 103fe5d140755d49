import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef, useState } from 'react';
import { useWidth } from '../../lib/use-width.ts';
import { BAR_COLOURS, type BarOutcome, barPath } from '../overview/bar-path.ts';
import { StripNote, stepTo } from '../overview/strip-note.tsx';

const HEIGHT = 52;
/** From this width on there is room for two pixels between bars. */
const WIDE_STEP = 7;
const LEAST_TALL = 3;

export interface LargeBar {
  readonly key: string;
  readonly outcome: BarOutcome | null;
  /** 0 to 1 of the height. */
  readonly share: number;
  /** A part in which some were good and some bad: how much of it was bad, drawn in front. */
  readonly badShare?: number;
  /** What it means, and what the job said. */
  readonly text: string;
  readonly line?: string | null;
}

interface Props {
  readonly label: string;
  readonly bars: readonly LargeBar[];
  /** So many places; bars stand at the right. */
  readonly places: number;
  /** Goes nearer to a bar; not given: there is nothing nearer. */
  readonly onOpen?: ((bar: number) => void) | undefined;
  /** Below the strip. */
  readonly children?: ReactNode;
}

/** The strip of a monitor's own page: as wide as the page, with a note for the bar that is pointed at. */
export function LargeStrip({ label, bars, places, onOpen, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [pointed, setPointed] = useState<number | null>(null);
  const step = width / places;
  const gap = step >= WIDE_STEP ? 2 : 1;
  const offset = (places - bars.length) * step;
  const at = pointed === null ? undefined : bars[pointed];

  const barAt = ({ clientX, currentTarget }: MouseEvent<HTMLElement>) => {
    const place = Math.floor((clientX - currentTarget.getBoundingClientRect().left - offset) / step);
    return place >= 0 && place < bars.length ? place : null;
  };
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const bar = barAt(event);
    // A finger cannot point without pressing: its first press says what the bar means, the second goes nearer.
    const isTouch = 'pointerType' in event.nativeEvent && event.nativeEvent.pointerType === 'touch';
    if (bar === null || onOpen === undefined || (isTouch && bar !== pointed)) setPointed(bar);
    else open(bar);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && pointed !== null && onOpen !== undefined) {
      event.preventDefault();
      // The keys of the page are not meant.
      event.stopPropagation();
      return open(pointed);
    }
    const next = stepTo(event.key, pointed, bars.length);
    if (next === null) return;
    event.preventDefault();
    setPointed(next);
  };
  const open = (bar: number) => {
    setPointed(null);
    onOpen?.(bar);
  };
  return (
    <div>
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, bars.length)}
        aria-valuenow={(pointed ?? Math.max(0, bars.length - 1)) + 1}
        aria-valuetext={at?.text ?? label}
        className={`relative h-13 ${onOpen === undefined ? '' : 'cursor-zoom-in'}`}
        onPointerMove={(event) => setPointed(barAt(event))}
        onPointerLeave={({ pointerType }) => pointerType !== 'touch' && setPointed(null)}
        onClick={onClick}
        onKeyDown={onKeyDown}
        onBlur={() => setPointed(null)}
      >
        <svg width="100%" height={HEIGHT} aria-hidden="true" className="block">
          {bars.map((bar, index) => (
            <OneBar
              key={bar.key}
              bar={bar}
              x={Math.round((offset + index * step) * 2) / 2}
              width={Math.max(1, Math.round((step - gap) * 2) / 2)}
              isFaint={pointed !== null && pointed !== index}
            />
          ))}
          <path d={`M0 ${HEIGHT - 1}H${Math.max(0, offset - gap)}V${HEIGHT}H0Z`} className="fill-line-strong" />
        </svg>
        {at !== undefined && pointed !== null && (
          <StripNote
            isBelow
            share={(offset + (pointed + 0.5) * step) / Math.max(1, width)}
            text={at.text}
            line={at.line ?? null}
          />
        )}
      </div>
      {children}
    </div>
  );
}

interface OneBarProps {
  readonly bar: LargeBar;
  readonly x: number;
  readonly width: number;
  readonly isFaint: boolean;
}

function OneBar({ bar: { outcome, share, badShare }, x, width, isFaint }: OneBarProps) {
  const faint = isFaint ? 'opacity-60' : '';
  if (outcome === null) {
    return <path d={`M${x} ${HEIGHT - 1}h${width}v1h-${width}z`} className={`fill-line-strong ${faint}`} />;
  }
  const draw = (shown: BarOutcome, part: number) => (
    <path
      d={barPath(shown, { x, width, tall: Math.max(LEAST_TALL, Math.round(part * HEIGHT)), height: HEIGHT })}
      fill="currentColor"
      fillRule="evenodd"
      className={`${BAR_COLOURS[shown]} ${faint}`}
    />
  );
  if (badShare === undefined) return draw(outcome, share);
  const bad = share * badShare;
  return (
    <>
      {draw('success', share)}
      {/* What is in front has the ground of its own, so that its notch is seen against the page and not the green. */}
      <path
        d={barPath('success', { x, width, tall: Math.max(LEAST_TALL, Math.round(bad * HEIGHT)) + 1, height: HEIGHT })}
        className="fill-ground"
      />
      {draw(outcome, bad)}
    </>
  );
}
