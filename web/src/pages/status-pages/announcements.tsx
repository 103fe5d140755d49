import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { Announcement, StatusPage } from '../../api/status-page-facts.ts';
import { useCommonWords } from '../../language/common.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { serverNow } from '../../lib/clock.ts';
import { useDo, useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { errorText } from '../../ui/error-note.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';

const MAX_ANNOUNCEMENTS = 20;

/** Announcements go to the server as a whole list; what the server then has is shown. */
function useSave(page: StatusPage) {
  const queries = useQueryClient();
  return async (announcements: readonly Announcement[]) => {
    const body = { announcements };
    const saved = await request<StatusPage>('PATCH', `/api/v1/status-pages/${page.id}`, { body });
    queries.setQueryData(['status-pages', page.id], saved);
  };
}

interface Props {
  readonly page: StatusPage;
  readonly mayChange: boolean;
}

/** What stands at the top of the page, the newest first. */
export function Announcements({ page, mayChange }: Props) {
  const { announcements: words } = useStatusPageWords();
  const [edited, setEdited] = useState<Announcement | 'new' | null>(null);
  const sorted = page.announcements.toSorted((one, other) => (one.at < other.at ? 1 : -1));
  const isFull = page.announcements.length >= MAX_ANNOUNCEMENTS;
  return (
    <Section
      title={words.title}
      actions={
        mayChange && (
          <Button size="small" disabled={isFull} onClick={() => setEdited('new')}>
            {words.add}
          </Button>
        )
      }
    >
      {isFull && mayChange && <p className="text-quiet">{words.full(MAX_ANNOUNCEMENTS)}</p>}
      {sorted.length === 0 && <p className="max-w-prose text-quiet">{words.none}</p>}
      <ul className="flex flex-col">
        {sorted.map((one) => (
          <Row
            key={`${one.at} ${one.title}`}
            one={one}
            page={page}
            mayChange={mayChange}
            onEdit={() => setEdited(one)}
          />
        ))}
      </ul>
      {edited !== null && (
        <AnnouncementDialog page={page} known={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
    </Section>
  );
}

interface RowProps extends Props {
  readonly one: Announcement;
  readonly onEdit: () => void;
}

function Row({ one, page, mayChange, onEdit }: RowProps) {
  const { announcements: words } = useStatusPageWords();
  const common = useCommonWords();
  const toast = useToast();
  const save = useSave(page);
  const fail = (error: unknown) => toast({ text: errorText(error, common), tone: 'bad' });
  const [isBusy, doIt] = useDo(fail);
  const remove = async () => {
    const before = page.announcements;
    await save(before.filter((each) => each !== one));
    toast({ text: words.removed, onUndo: () => void save(before).catch(fail) });
  };
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 border-b border-line py-2.5 last:border-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium break-words">{one.title}</p>
        {one.text !== '' && <p className="max-w-prose break-words whitespace-pre-line">{one.text}</p>}
        <p className="text-xs text-quiet">
          <Time at={one.at} />
        </p>
      </div>
      {mayChange && (
        <div className="flex gap-2">
          <Button size="small" onClick={onEdit}>
            {words.edit}
          </Button>
          <Button size="small" isBusy={isBusy} onClick={() => doIt(remove)}>
            {words.remove}
          </Button>
        </div>
      )}
    </li>
  );
}

interface DialogProps {
  readonly page: StatusPage;
  /** The one to change; null: a new one. */
  readonly known: Announcement | null;
  readonly onClose: () => void;
}

function AnnouncementDialog({ page, known, onClose }: DialogProps) {
  const { announcements: words } = useStatusPageWords();
  const common = useCommonWords();
  const toast = useToast();
  const save = useSave(page);
  const [title, setTitle] = useState(known?.title ?? '');
  const [text, setText] = useState(known?.text ?? '');
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'title'>({
    fields: ['title'],
    check: () => onlyErrors({ title: needed(title, common.field) }),
    work: async () => {
      const next = { title: title.trim(), text, at: known?.at ?? new Date(serverNow()).toISOString() };
      const list = page.announcements;
      await save(known === null ? [next, ...list] : list.map((each) => (each === known ? next : each)));
      onClose();
      toast({ text: known === null ? words.added : words.saved });
    },
  });
  return (
    <Dialog isOpen onClose={onClose} title={known === null ? words.add : words.edit}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4 pt-1">
        <Field label={words.form.title} help={words.form.titleHelp} error={errorOf('title')}>
          <Input autoFocus maxLength={100} value={title} onChange={(event) => setTitle(event.target.value)} />
        </Field>
        <Field label={words.form.text} help={words.form.textHelp} isOptional>
          <TextArea rows={5} maxLength={5_000} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <FormFailure failure={failure} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {known === null ? words.form.make : common.action.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
