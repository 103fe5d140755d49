import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { dropMonitors, putMonitor } from '../../api/monitors.ts';
import type { Monitor, MonitorRow } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { errorText } from '../../ui/error-note.tsx';
import { useToast } from '../../ui/toast.tsx';

/** As many as the API takes in one call. */
const BULK = 500;
export type BulkAction = 'pause' | 'resume' | 'delete' | 'restore' | 'add_tags' | 'remove_tags';

/** Answers those that were changed; what was refused for one is no reason to leave the others. */
async function bulk(
  ids: readonly string[],
  action: BulkAction,
  tags: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  for (let start = 0; start < ids.length; start += BULK) {
    const body = { ids: ids.slice(start, start + BULK), action, ...(tags.length > 0 ? { tags } : {}) };
    const { results } = await request<BulkResult>('POST', '/api/v1/monitors/bulk', { body });
    for (const { id, ok } of results) if (ok) changed.add(id);
  }
  return changed;
}

interface BulkResult {
  readonly done: number;
  readonly results: readonly { readonly id: string; readonly ok: boolean }[];
}

/** What can be done to monitors from anywhere; each says that it was done and how to take it back. */
export function useMonitorActions() {
  const queries = useQueryClient();
  const toast = useToast();
  const words = useMonitorWords();
  const common = useCommonWords();
  return useMemo(() => {
    const failed = (error: unknown) => toast({ text: errorText(error, common), tone: 'bad' });
    const askList = () => queries.invalidateQueries({ queryKey: ['monitors'] });
    const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        failed(error);
        return false;
      } finally {
        void queries.invalidateQueries({ queryKey: ['overview'] });
      }
    };
    /** Does it, says how many were changed, and how to take just those back. */
    const bulkAnd = async (
      ids: readonly string[],
      [action, opposite]: readonly [BulkAction, BulkAction],
      say: (count: number) => string,
      tags?: readonly string[],
    ): Promise<boolean> => {
      let changed: ReadonlySet<string> = new Set();
      const isDone = await attempt(async () => {
        changed = await bulk(ids, action, tags);
        if (action === 'delete') dropMonitors(queries, changed);
        else await askList();
      });
      if (!isDone) return false;
      const undo = () =>
        attempt(async () => {
          await bulk([...changed], opposite, tags);
          await askList();
        });
      toast({ text: say(changed.size), onUndo: () => void undo() });
      return true;
    };
    const bringBack = (id: string) =>
      attempt(async () => putMonitor(queries, await request<Monitor>('POST', `/api/v1/monitors/${id}/restore`)));

    const resume = async (monitor: MonitorRow, isUndo = false) => {
      const isDone = await attempt(async () =>
        putMonitor(queries, await request('POST', `/api/v1/monitors/${monitor.id}/resume`)),
      );
      if (isDone && !isUndo) toast({ text: words.resumed(monitor.name) });
    };
    const pause = async (monitor: MonitorRow, body: unknown = { mode: 'by_hand' }) => {
      const isDone = await attempt(async () =>
        putMonitor(queries, await request('POST', `/api/v1/monitors/${monitor.id}/pause`, { body })),
      );
      if (isDone) toast({ text: words.paused(monitor.name), onUndo: () => void resume(monitor, true) });
      return isDone;
    };
    return {
      pause,
      resume,
      togglePause: (monitor: MonitorRow) => (monitor.status === 'paused' ? resume(monitor) : pause(monitor)),
      async remove(monitors: readonly MonitorRow[]) {
        const [only] = monitors;
        if (monitors.length !== 1 || only === undefined) {
          const ids = monitors.map(({ id }) => id);
          return bulkAnd(ids, ['delete', 'restore'], words.bulk.deleted);
        }
        const isDone = await attempt(() => request('DELETE', `/api/v1/monitors/${only.id}`));
        if (!isDone) return false;
        dropMonitors(queries, new Set([only.id]));
        toast({ text: words.bulk.deleted(1), onUndo: () => void bringBack(only.id) });
        return true;
      },
      pauseAll(monitors: readonly MonitorRow[]) {
        const ids = monitors.filter(({ status }) => status !== 'paused').map(({ id }) => id);
        return bulkAnd(ids, ['pause', 'resume'], words.bulk.paused);
      },
      resumeAll(monitors: readonly MonitorRow[]) {
        const ids = monitors.filter(({ status }) => status === 'paused').map(({ id }) => id);
        return bulkAnd(ids, ['resume', 'pause'], words.bulk.resumed);
      },
      addTag(monitors: readonly MonitorRow[], tag: string) {
        const ids = monitors.filter(({ tags }) => !tags.includes(tag)).map(({ id }) => id);
        return bulkAnd(ids, ['add_tags', 'remove_tags'], (count) => words.bulk.tagged(count, tag), [tag]);
      },
      removeTag(monitors: readonly MonitorRow[], tag: string) {
        const ids = monitors.filter(({ tags }) => tags.includes(tag)).map(({ id }) => id);
        return bulkAnd(ids, ['remove_tags', 'add_tags'], (count) => words.bulk.untagged(count, tag), [tag]);
      },
    };
  }, [queries, toast, words, common]);
}

export type MonitorActions = ReturnType<typeof useMonitorActions>;

/** Whether an answer means that what the page is about is gone. */
export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
