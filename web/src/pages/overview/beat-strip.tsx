import { type PointerEvent, useMemo } from 'react';
import type { Beat } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDuration, formatShort } from '../../language/times.ts';
import { BAR_COLOURS, barPath } from './bar-path.ts';
import { barsOf } from './beats.ts';
import { StripNote } from './strip-note.tsx';

const BAR = 4;
const GAP = 1;
const HEIGHT = 18;
const STEP = BAR + GAP;

interface Props {
  readonly beats: readonly Beat[];
  /** So many places; newest right. */
  readonly places: number;
  readonly name: string;
  /** The bar that is pointed at, by the pointer or by the keys of the row. */
  readonly pointed: number | null;
  readonly onPoint: (bar: number | null) => void;
}

/** What a beat means, in words: outcome, when, how long, exit status. */
export function useDescribeBeat(): (beat: Beat) => string {
  const { language } = useLanguage();
  const words = useMonitorWords();
  return (beat) =>
    [
      words.outcome[beat.outcome],
      formatShort(Date.parse(beat.at), language),
      beat.duration_seconds === null ? null : formatDuration(beat.duration_seconds * 1_000, language),
      beat.exit_status === null || beat.exit_status === 0 ? null : words.exit(beat.exit_status),
    ]
      .filter((part) => part !== null)
      .join(' · ');
}

/** The last results in a row, newest right: height is the length against the usual, colour and form the outcome. */
export function BeatStrip({ beats, places, name, pointed, onPoint }: Props) {
  const words = useMonitorWords();
  const describe = useDescribeBeat();
  const shown = useMemo(() => beats.slice(-places), [beats, places]);
  const bars = useMemo(() => barsOf(shown), [shown]);
  const width = places * STEP - GAP;
  const offset = (places - bars.length) * STEP;
  const at = pointed === null ? undefined : shown[pointed];

  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor((event.clientX - box.left - offset) / STEP);
    onPoint(place >= 0 && place < shown.length ? place : null);
  };

  return (
    <div className="relative" style={{ width }}>
      <svg
        role="img"
        aria-label={words.strip(name, beats.length, beats.filter(isBad).length)}
        width={width}
        height={HEIGHT}
        className="block rounded-[2px]"
        onPointerMove={onPointerMove}
        onPointerLeave={() => onPoint(null)}
      >
        {bars.map(({ beat, share }, index) => (
          <path
            key={`${beat.at} ${beat.outcome}`}
            d={barPath(beat.outcome, {
              x: offset + index * STEP,
              width: BAR,
              tall: Math.max(2, Math.round(share * HEIGHT)),
              height: HEIGHT,
            })}
            fill="currentColor"
            fillRule="evenodd"
            className={`${BAR_COLOURS[beat.outcome]} ${pointed === null || index === pointed ? '' : 'opacity-60'} ${index === bars.length - 1 ? 'animate-slide-in' : ''}`}
          />
        ))}
        {bars.length < places && (
          <path d={`M0 ${HEIGHT - 1}H${Math.max(0, offset - GAP)}V${HEIGHT}H0Z`} className="fill-line-strong" />
        )}
      </svg>
      {at !== undefined && pointed !== null && (
        <StripNote share={(offset + pointed * STEP) / width} text={describe(at)} line={at.first_line} />
      )}
    </div>
  );
}

const isBad = ({ outcome }: Beat) => outcome === 'fail' || outcome === 'missed';
