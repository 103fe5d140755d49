import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../instant.ts';
import { type RunFacts, runWords, slotNoteWords } from './run-words.ts';

const plain: RunFacts = { state: 'succeeded', durationMs: 31 * MINUTE_MS, exitStatus: null, finishedLate: false };

test('every outcome of a run has its words', () => {
  const rows: readonly (readonly [RunFacts, string, string])[] = [
    [plain, 'succeeded, 31 min', 'успешно, 31 мин'],
    [{ ...plain, durationMs: null, exitStatus: 0 }, 'succeeded', 'успешно'],
    [
      { ...plain, durationMs: 130 * MINUTE_MS, finishedLate: true },
      'finished late, 2 h 10 min',
      'завершился с опозданием, 2 ч 10 мин',
    ],
    [{ ...plain, state: 'open' }, 'still running, 31 min', 'всё ещё выполняется, 31 мин'],
    [
      { ...plain, state: 'failed', exitStatus: 3 },
      'failed, exit status 3, 31 min',
      'завершился с ошибкой, код выхода 3, 31 мин',
    ],
    [{ ...plain, state: 'failed', durationMs: null }, 'failed', 'завершился с ошибкой'],
    [{ ...plain, state: 'timed_out' }, 'timed out, 31 min', 'превысил предел, 31 мин'],
    [
      { ...plain, state: 'abandoned' },
      'abandoned: another run began before it ended',
      'брошен: другой запуск начался раньше, чем он закончился',
    ],
    [
      { ...plain, state: 'unknown' },
      'not known: we were blind when it should have ended',
      'неизвестно: мы не вели наблюдение, когда он должен был закончиться',
    ],
  ];
  for (const [run, english, russian] of rows) {
    assert.equal(runWords(run, 'en'), english);
    assert.equal(runWords(run, 'ru'), russian);
  }
});

test('a slot without a run says why', () => {
  assert.equal(slotNoteWords('skipped_running', 'en'), 'skipped, still running');
  assert.equal(slotNoteWords('skipped_running', 'ru'), 'пропущен, ещё выполнялся прежний запуск');
  assert.equal(slotNoteWords('unknown', 'en'), 'not known: we were blind');
  assert.equal(slotNoteWords('unknown', 'ru'), 'неизвестно: мы не вели наблюдение');
});
