import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Call, type CpuProfile, callTree, ofCpuProfile } from './call-tree.ts';

const ours = (path: string) => pathToFileURL(join(import.meta.dirname, '../../..', path)).href;

/** A profile from lines of [id, function, file, children]; each sample takes 100 µs. */
function profileOf(
  lines: readonly (readonly [id: number, name: string, url: string, children?: readonly number[]])[],
  samples: readonly number[],
): CpuProfile {
  return {
    nodes: lines.map(([id, functionName, url, children = []]) => ({
      id,
      callFrame: { functionName, url, lineNumber: 9 },
      children,
    })),
    samples,
    timeDeltas: samples.map(() => 100),
  };
}

function find(call: Call, name: string): Call | undefined {
  return call.name === name ? call : call.children.map((child) => find(child, name)).find((found) => found);
}

describe('a profile of processor time', () => {
  test('leaves out what was idle, adds up calls of one function from one place, and keeps callers apart', () => {
    const tree = callTree(
      ofCpuProfile(
        profileOf(
          [
            [1, '(root)', '', [2, 3, 4, 5]],
            [2, '(idle)', ''],
            [3, 'pump', ours('src/watch/ingest.ts'), [6]],
            [4, 'pump', ours('src/watch/ingest.ts')],
            [5, 'look', ours('src/watch/wake.ts'), [7]],
            [6, 'step', ours('src/core/step.ts')],
            [7, 'step', ours('src/core/step.ts')],
          ],
          [2, 2, 3, 4, 6, 7, 7],
        ),
      ),
    );
    assert.equal(tree.total, 500);
    assert.deepEqual(
      tree.children.map(({ name, place, self, total }) => [name, place, self, total]),
      [
        ['pump', 'src/watch/ingest.ts:10', 200, 300],
        ['look', 'src/watch/wake.ts:10', 0, 200],
      ],
    );
  });

  test('counts what Node does for whoever asked for it', () => {
    const tree = callTree(
      ofCpuProfile(
        profileOf(
          [
            [1, '(root)', '', [2, 5, 7]],
            [2, 'query', 'file:///x/node_modules/pg/lib/client.js', [3]],
            [3, 'Socket._write', 'node:net', [4]],
            [4, 'writev', ''],
            [5, 'end', 'node:_http_outgoing', [6]],
            [6, 'writeUtf8String', ''],
            [7, '(garbage collector)', ''],
          ],
          [4, 6, 7],
        ),
      ),
    );
    assert.deepEqual(
      ['writev', 'writeUtf8String', '(garbage collector)'].map((name) => find(tree, name)?.group),
      ['driver', 'HTTP', 'GC'],
    );
    assert.equal(find(tree, 'query')?.place, 'pg/lib/client.js:10');
  });
});
