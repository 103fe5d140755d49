import { type FormEvent, useState } from 'react';
import type { MonitorRow } from '../../api/types.ts';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useMonitorActions } from '../monitors/actions.ts';

const MAX_TAG = 50;

interface Props {
  readonly selected: readonly MonitorRow[];
  readonly shownCount: number;
  readonly tags: readonly string[];
  readonly onSelectAll: () => void;
  readonly onSelectNone: () => void;
}

/** What can be done to all that are selected; it stands above the list while anything is. */
export function BulkBar({ selected, shownCount, tags, onSelectAll, onSelectNone }: Props) {
  const { bulk: words } = useMonitorWords();
  const actions = useMonitorActions();
  const [tagging, setTagging] = useState<'add' | 'remove' | null>(null);
  const hasPaused = selected.some(({ status }) => status === 'paused');
  const hasRunning = selected.some(({ status }) => status !== 'paused');
  return (
    <div className="sticky top-0 z-20 flex min-h-11 animate-appear items-center overflow-x-auto *:shrink-0 md:flex-wrap gap-1.5 rounded-md border border-line bg-panel px-3 py-1.5 shadow-overlay">
      <span className="mr-2 font-medium" aria-live="polite">
        {words.selected(selected.length)}
      </span>
      {hasRunning && (
        <Button size="small" onClick={() => void actions.pauseAll(selected)}>
          <Icon name="pause" size={16} />
          {words.pause}
        </Button>
      )}
      {hasPaused && (
        <Button size="small" onClick={() => void actions.resumeAll(selected)}>
          <Icon name="resume" size={16} />
          {words.resume}
        </Button>
      )}
      <Button size="small" onClick={() => setTagging('add')}>
        <Icon name="tag" size={16} />
        {words.tag}
      </Button>
      {selected.some((monitor) => monitor.tags.length > 0) && (
        <Button size="small" onClick={() => setTagging('remove')}>
          {words.untag}
        </Button>
      )}
      <Button
        size="small"
        look="danger"
        onClick={() => void actions.remove(selected).then((isDone) => isDone && onSelectNone())}
      >
        <Icon name="trash" size={16} />
        {words.delete}
      </Button>
      <span className="flex-1" />
      {selected.length < shownCount && (
        <Button size="small" look="quiet" onClick={onSelectAll}>
          {words.all}
        </Button>
      )}
      <Button size="small" look="quiet" onClick={onSelectNone}>
        {words.none}
      </Button>
      {tagging !== null && (
        <TagDialog
          mode={tagging}
          tags={tagging === 'add' ? tags : [...new Set(selected.flatMap((monitor) => monitor.tags))]}
          onClose={() => setTagging(null)}
          onTag={(tag) => void (tagging === 'add' ? actions.addTag(selected, tag) : actions.removeTag(selected, tag))}
        />
      )}
    </div>
  );
}

interface TagDialogProps {
  readonly mode: 'add' | 'remove';
  readonly tags: readonly string[];
  readonly onClose: () => void;
  readonly onTag: (tag: string) => void;
}

function TagDialog({ mode, tags, onClose, onTag }: TagDialogProps) {
  const { bulk: words } = useMonitorWords();
  const common = useCommonWords();
  const [tag, setTag] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = tag.trim();
    if (given === '') return setError(common.field.required);
    onClose();
    onTag(given);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={mode === 'add' ? words.tag : words.untag}
      footer={
        <>
          <Button onClick={onClose}>{common.action.cancel}</Button>
          <Button look="primary" type="submit" form="bulk-tag">
            {mode === 'add' ? words.tag : words.untag}
          </Button>
        </>
      }
    >
      <form id="bulk-tag" onSubmit={submit}>
        <Field label={words.tagField} help={mode === 'add' ? words.tagHelp : words.untagHelp} error={error}>
          <Input
            list="bulk-tags"
            maxLength={MAX_TAG}
            value={tag}
            autoFocus
            onChange={(event) => setTag(event.target.value)}
          />
        </Field>
        <datalist id="bulk-tags">
          {tags.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </form>
    </Dialog>
  );
}
