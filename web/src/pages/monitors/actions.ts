import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { dropMonitors, putMonitor } from '../../api/monitors.ts';
import type { Monitor } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { errorText } from '../../ui/error-note.tsx';
import { useToast } from '../../ui/toast.tsx';

/** As many as the API takes in one call. */
const BULK = 1_000;
/** Deleted ones come back one by one, so many at a time. */
const AT_ONCE = 6;

export type BulkAction = 'pause' | 'resume' | 'delete' | 'add_tags' | 'remove_tags';

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function bulk(ids: readonly string[], action: BulkAction, tags: readonly string[] = []): Promise<void> {
  for (let start = 0; start < ids.length; start += BULK) {
    const body = { ids: ids.slice(start, start + BULK), action, ...(tags.length > 0 ? { tags } : {}) };
    await request('POST', '/api/v1/monitors/bulk', { body });
  }
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
    const restore = (ids: readonly string[]) =>
      attempt(async () => {
        await each(ids, async (id) => putMonitor(queries, await request('POST', `/api/v1/monitors/${id}/restore`)));
      });
    const bulkAnd = (ids: readonly string[], action: BulkAction, tags?: readonly string[]) =>
      attempt(async () => {
        await bulk(ids, action, tags);
        await askList();
      });

    const resume = async (monitor: Monitor, isUndo = false) => {
      const isDone = await attempt(async () =>
        putMonitor(queries, await request('POST', `/api/v1/monitors/${monitor.id}/resume`)),
      );
      if (isDone && !isUndo) toast({ text: words.resumed(monitor.name) });
    };
    const pause = async (monitor: Monitor, body: unknown = { mode: 'by_hand' }) => {
      const isDone = await attempt(async () =>
        putMonitor(queries, await request('POST', `/api/v1/monitors/${monitor.id}/pause`, { body })),
      );
      if (isDone) toast({ text: words.paused(monitor.name), onUndo: () => void resume(monitor, true) });
      return isDone;
    };
    return {
      pause,
      resume,
      togglePause: (monitor: Monitor) => (monitor.status === 'paused' ? resume(monitor) : pause(monitor)),
      async remove(monitors: readonly Monitor[]) {
        const ids = monitors.map(({ id }) => id);
        const [only] = ids;
        const isDone = await attempt(async () => {
          if (ids.length === 1 && only !== undefined) await request('DELETE', `/api/v1/monitors/${only}`);
          else await bulk(ids, 'delete');
        });
        if (!isDone) return false;
        dropMonitors(queries, new Set(ids));
        toast({ text: words.bulk.deleted(ids.length), onUndo: () => void restore(ids) });
        return true;
      },
      async pauseAll(monitors: readonly Monitor[]) {
        const ids = monitors.filter(({ status }) => status !== 'paused').map(({ id }) => id);
        if (!(await bulkAnd(ids, 'pause'))) return;
        toast({ text: words.bulk.paused(ids.length), onUndo: () => void bulkAnd(ids, 'resume') });
      },
      async resumeAll(monitors: readonly Monitor[]) {
        const ids = monitors.filter(({ status }) => status === 'paused').map(({ id }) => id);
        if (!(await bulkAnd(ids, 'resume'))) return;
        toast({ text: words.bulk.resumed(ids.length), onUndo: () => void bulkAnd(ids, 'pause') });
      },
      async addTag(monitors: readonly Monitor[], tag: string) {
        const ids = monitors.filter(({ tags }) => !tags.includes(tag)).map(({ id }) => id);
        if (!(await bulkAnd(ids, 'add_tags', [tag]))) return;
        toast({ text: words.bulk.tagged(ids.length, tag), onUndo: () => void bulkAnd(ids, 'remove_tags', [tag]) });
      },
      async removeTag(monitors: readonly Monitor[], tag: string) {
        const ids = monitors.filter(({ tags }) => tags.includes(tag)).map(({ id }) => id);
        if (!(await bulkAnd(ids, 'remove_tags', [tag]))) return;
        toast({ text: words.bulk.untagged(ids.length, tag), onUndo: () => void bulkAnd(ids, 'add_tags', [tag]) });
      },
    };
  }, [queries, toast, words, common]);
}

export type MonitorActions = ReturnType<typeof useMonitorActions>;

/** Whether an answer means that what the page is about is gone. */
export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
