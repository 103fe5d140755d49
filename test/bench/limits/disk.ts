import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createHistogram, type LatencySummary } from '../histogram.ts';

/** A page of the write-ahead log: what the smallest commit puts on the disk. */
const PAGE = Buffer.alloc(8_192, 1);
/** As a segment of the log: written over again and again, it does not grow. */
const PAGES_OF_A_FILE = 512;

/** How long the disk below `folder` takes to have a page for good, and how many it takes a second, one at a time. */
export function measureDisk(folder: string, seconds: number): { perSecond: number; latencyMs: LatencySummary } {
  const path = join(folder, 'disk-probe');
  const file = openSync(path, 'w');
  try {
    for (let page = 0; page < PAGES_OF_A_FILE; page += 1) writeSync(file, PAGE, 0, PAGE.length, page * PAGE.length);
    fdatasyncSync(file);
    const histogram = createHistogram();
    const from = performance.now();
    let count = 0;
    while (performance.now() - from < seconds * 1_000) {
      const begun = performance.now();
      writeSync(file, PAGE, 0, PAGE.length, (count % PAGES_OF_A_FILE) * PAGE.length);
      fdatasyncSync(file);
      histogram.record(performance.now() - begun);
      count += 1;
    }
    return { perSecond: (count * 1_000) / (performance.now() - from), latencyMs: histogram.summary() };
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
