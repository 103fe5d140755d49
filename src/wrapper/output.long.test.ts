/** A job that says more than any memory holds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { metricOf, NODES, RUN, SHELL_RUN, useScene } from './testing/scene.ts';

const GIGABYTE = 1_000_000_000;
/** An empty Node takes some 50 MB; a wrapper that remembered what passes would take a thousand. */
const AT_MOST_KB = 250_000;
const AT_MOST_MS = 120_000;
const JOB = ['sh', '-c', `yes 'one line of many, of which only the last ones matter' | head -c ${GIGABYTE}; echo end`];

const cases = [
  ...NODES.map((node) => [`allswell run on ${node}`, (url: string) => [node, RUN, url, '--', ...JOB]] as const),
  ['allswell.sh', (url: string) => ['sh', SHELL_RUN, url, ...JOB]] as const,
];

describe('a gigabyte of output', () => {
  const scene = useScene();

  for (const [name, commandFor] of cases) {
    test(`passes through ${name}, which remembers only the end`, { timeout: AT_MOST_MS }, async () => {
      const [program = '', ...args] = commandFor(scene.pingUrl);
      const child = spawn(program, args, { env: { ...scene.env }, stdio: ['ignore', 'pipe', 'inherit'] });
      let bytes = 0;
      let peakKb = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes % 100_000 < chunk.length) peakKb = Math.max(peakKb, residentPeak(child.pid ?? 0));
      });
      const [code] = await once(child, 'close');
      assert.equal(code, 0);
      assert.equal(bytes, GIGABYTE + 4);
      assert.ok(peakKb > 0 && peakKb < AT_MOST_KB, `${peakKb} kB`);
      const { body, text } = await scene.end();
      assert.ok(body.length <= 100_000);
      assert.match(text, /out\| (one line of many[^\n]*)?end\n$/);
      const reported = metricOf(text, 'output_bytes');
      if (reported !== undefined) assert.equal(reported, GIGABYTE + 4);
      if (reported !== undefined) assert.match(text, /… 1000 MB cut …/);
    });
  }
});

function residentPeak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
