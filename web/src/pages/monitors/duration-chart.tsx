import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { Run } from '../../api/types.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDate, formatDuration, formatShort } from '../../language/times.ts';
import { type Band, measuredRuns, usualBand } from './run-numbers.ts';

const HEIGHT = 220;
const POINT = 7;
const SMALL_POINT = 5;
/** Points of the full size need so many pixels each. */
const ROOM_PER_POINT = 9;
const MS = 1_000;
/** Past this the hours on the axis say nothing. */
const LONG_SPAN_SECONDS = 4 * 86_400;
/** Steps that lengths of time are read in, in seconds. */
const STEPS = [
  0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800,
];

interface Props {
  readonly runs: readonly Run[];
  /** Where a run counts as too long, in seconds. */
  readonly limitSeconds: number | null;
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

interface Guides {
  readonly band: Band | null;
  readonly limit: number | null;
  readonly bandLabel: string;
  readonly limitLabel: string;
}

/** The usual band and the limit, each with its name on it: no legend is needed. */
function drawGuides(chart: uPlot, { band, limit, bandLabel, limitLabel }: Guides): void {
  const { ctx, bbox } = chart;
  const y = (seconds: number) => chart.valToPos(seconds, 'y', true);
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * ratio}px "Inter Variable", sans-serif`;
  if (band !== null) {
    ctx.fillStyle = colour('up');
    ctx.globalAlpha = 0.13;
    ctx.fillRect(bbox.left, y(band.high), bbox.width, Math.max(2, y(band.low) - y(band.high)));
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour('quiet');
    ctx.fillText(bandLabel, bbox.left + 6 * ratio, y(band.high) - 5 * ratio);
  }
  if (limit !== null && y(limit) >= bbox.top) {
    ctx.strokeStyle = colour('down');
    ctx.lineWidth = ratio;
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y(limit));
    ctx.lineTo(bbox.left + bbox.width, y(limit));
    ctx.stroke();
    ctx.fillStyle = colour('down');
    ctx.fillText(limitLabel, bbox.left + 6 * ratio, y(limit) - 5 * ratio);
  }
  ctx.restore();
}

/** Lengths of runs over time: points, the usual band, the limit. Good runs are discs, bad ones triangles. */
export function DurationChart({ runs, limitSeconds }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLParagraphElement>(null);
  const { language } = useLanguage();
  const words = useMonitorPageWords();
  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const measured = measuredRuns(runs);
    const band = usualBand(runs);
    const longest = Math.max(...measured.map((run) => run.duration_seconds), band?.high ?? 0);
    // A limit far above everything would press the runs into a line on the floor.
    const shownLimit = limitSeconds !== null && limitSeconds <= longest * 4 ? limitSeconds : null;
    const pointSize = measured.length * ROOM_PER_POINT > target.clientWidth ? SMALL_POINT : POINT;
    const isGood = (run: Run) => run.state === 'succeeded' || run.state === 'open';
    const data: uPlot.AlignedData = [
      measured.map((run) => Date.parse(run.started_at) / MS),
      measured.map((run) => (isGood(run) ? run.duration_seconds : null)),
      measured.map((run) => (isGood(run) ? null : run.duration_seconds)),
    ];
    const axis = {
      stroke: () => colour('quiet'),
      grid: { stroke: () => colour('line'), width: 1 },
      ticks: { show: false },
      font: '12px "Inter Variable", sans-serif',
    };
    const tell = (index: number | null | undefined) => {
      const run = typeof index === 'number' ? measured[index] : undefined;
      if (note.current === null) return;
      note.current.textContent =
        run === undefined
          ? ''
          : `${formatShort(Date.parse(run.started_at), language)} · ${formatDuration(run.duration_seconds * MS, language)} · ${words.runState[run.state]}`;
    };
    const triangles: uPlot.Series.Points.PathBuilder = (chart, seriesIndex) => {
      const path = new Path2D();
      const size = (pointSize / 2 + 1) * devicePixelRatio;
      for (const [index, value] of (chart.data[seriesIndex] ?? []).entries()) {
        if (value === null || value === undefined) continue;
        const x = chart.valToPos(chart.data[0][index] ?? 0, 'x', true);
        const y = chart.valToPos(value, 'y', true);
        path.moveTo(x, y - size);
        path.lineTo(x + size, y + size * 0.8);
        path.lineTo(x - size, y + size * 0.8);
        path.closePath();
      }
      return { stroke: path, fill: path };
    };
    const points = (name: string, more: Partial<uPlot.Series.Points> = {}): uPlot.Series => ({
      stroke: () => colour(name),
      paths: () => null,
      points: { show: true, size: pointSize, fill: () => colour(name), width: 0, ...more },
    });
    const chart = new uPlot(
      {
        width: target.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: { x: {}, y: { range: (_chart, _low, high) => [0, Math.max(high, shownLimit ?? 0, 1) * 1.15] } },
        axes: [
          {
            ...axis,
            space: 90,
            values: (_chart, splits) => {
              const isLong = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > LONG_SPAN_SECONDS;
              return splits.map((at) => (isLong ? formatDate(at * MS, language) : formatShort(at * MS, language)));
            },
          },
          {
            ...axis,
            size: 76,
            incrs: STEPS,
            values: (_chart, splits) => splits.map((seconds) => formatDuration(seconds * MS, language)),
          },
        ],
        series: [{}, points('up'), points('down', { paths: triangles })],
        hooks: {
          drawClear: [
            (self) =>
              drawGuides(self, {
                band,
                limit: shownLimit,
                bandLabel: words.runs.band,
                limitLabel: `${words.runs.limit} ${formatDuration((shownLimit ?? 0) * MS, language)}`,
              }),
          ],
          setCursor: [(self) => tell(self.cursor.idx)],
        },
      },
      data,
      target,
    );
    const resized = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: HEIGHT }));
    resized.observe(target);
    const recoloured = new MutationObserver(() => chart.redraw(false, true));
    recoloured.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      recoloured.disconnect();
      chart.destroy();
    };
  }, [runs, limitSeconds, language, words]);
  return (
    <div>
      <div ref={box} role="img" aria-label={words.runs.chart} className="w-full" style={{ height: HEIGHT }} />
      <p ref={note} className="min-h-5 text-xs text-quiet" />
    </div>
  );
}
