import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayWrite } from '../../api/session.ts';
import {
  SUMMARY_KINDS,
  type SummaryKind,
  type SummaryPeriod,
  summaryScheduleQuery,
  summaryTextQuery,
} from '../../api/summaries.ts';
import { useSummaryWords } from '../../language/summaries.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { ScheduleForm } from './schedule-form.tsx';
import { ScheduleState } from './schedule-state.tsx';

const PERIODS: readonly SummaryPeriod[] = ['day', 'week', 'now'];

/** When the team gets its summaries and where, with what they say now beside it. */
export function SummariesPage() {
  const words = useSummaryWords();
  return (
    <Page title={words.title}>
      <p className="text-quiet">{words.text}</p>
      <div className="grid items-start gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,420px)_minmax(0,1fr)]">
        <div className="flex flex-col gap-9">
          {SUMMARY_KINDS.map((kind) => (
            <Schedule key={kind} kind={kind} />
          ))}
        </div>
        <Preview />
      </div>
    </Page>
  );
}

function Schedule({ kind }: { readonly kind: SummaryKind }) {
  const words = useSummaryWords();
  const mayWrite = useMayWrite();
  const { data: schedule, error, refetch } = useQuery(summaryScheduleQuery(kind));
  return (
    <Section title={words.kinds[kind]}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {schedule === undefined && error === null && <Skeleton lines={3} />}
      {schedule !== undefined && (
        <>
          <ScheduleState schedule={schedule} />
          {mayWrite && <ScheduleForm schedule={schedule} />}
        </>
      )}
    </Section>
  );
}

function Preview() {
  const words = useSummaryWords();
  const [period, setPeriod] = useState<string>('day');
  return (
    <Section title={words.preview}>
      <p className="-mt-2 text-xs text-quiet">{words.previewText}</p>
      <Tabs
        label={words.preview}
        value={period}
        onChange={setPeriod}
        tabs={PERIODS.map((each) => ({ id: each, label: words.periods[each], content: <Text period={each} /> }))}
      />
    </Section>
  );
}

function Text({ period }: { readonly period: SummaryPeriod }) {
  const { data, error, refetch } = useQuery(summaryTextQuery(period));
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} />;
  const [title = '', ...lines] = data.text.split('\n');
  return (
    <div className="flex flex-col gap-1.5 rounded-md border border-line bg-panel px-4 py-3">
      <p className="font-semibold break-words">{title}</p>
      {lines.map((line, index) => (
        <p
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text
          key={index}
          className={`break-words ${line.startsWith('- ') ? 'ml-4 -indent-3' : ''}`}
        >
          {line.replace(/^- /, '· ')}
        </p>
      ))}
    </div>
  );
}
