import { type ReactNode, useState } from 'react';
import { useCommonWords } from '../../language/common.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { serverNow } from '../../lib/clock.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Choice, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { PageLink } from '../../ui/link.tsx';
import {
  besideFields,
  bodyOf,
  checkDraft,
  MAINTENANCE_FIELDS,
  type MaintenanceDraft,
  type MaintenanceField,
} from './draft.ts';
import { OnceFields } from './once-fields.tsx';
import { RepeatFields } from './repeat-fields.tsx';
import { WhichFields } from './which-fields.tsx';

interface Props {
  readonly first: MaintenanceDraft;
  /** "Save" when not given. */
  readonly button?: ReactNode;
  /** Where "cancel" leads. */
  readonly back: string;
  readonly work: (body: Record<string, unknown>) => Promise<void>;
}

/** A name, when, and for what; what it comes to is shown while typing. */
export function MaintenanceForm({ first, button, back, work }: Props) {
  const { form: words } = useMaintenanceWords();
  const common = useCommonWords();
  const [draft, setDraft] = useState(first);
  const change = (part: Partial<MaintenanceDraft>) => setDraft((before) => ({ ...before, ...part }));
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<MaintenanceField>({
    fields: MAINTENANCE_FIELDS,
    check: () => checkDraft(draft, words, common.field.required, serverNow()),
    explain: (error) => besideFields(error.body.errors ?? []),
    work: async () => {
      const body = bodyOf(draft);
      if (body !== null) await work(body);
    },
  });
  const fields = { draft, errorOf, onChange: change };
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-6">
      <Field label={words.name} help={words.nameHelp} error={errorOf('name')}>
        <Input
          autoFocus
          name="name"
          maxLength={100}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
        />
      </Field>
      <Choice
        label={words.kind}
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        options={[
          { value: 'once', label: words.once, help: words.onceHelp },
          { value: 'repeat', label: words.repeat, help: words.repeatHelp },
        ]}
      />
      {draft.kind === 'once' ? <OnceFields {...fields} /> : <RepeatFields {...fields} />}
      <WhichFields {...fields} />
      <FormFailure failure={failure} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {button ?? common.action.save}
        </Button>
        <PageLink to={back} className={buttonClass()}>
          {common.action.cancel}
        </PageLink>
      </div>
    </form>
  );
}

export interface FieldsProps {
  readonly draft: MaintenanceDraft;
  readonly errorOf: (field: MaintenanceField) => string | undefined;
  readonly onChange: (part: Partial<MaintenanceDraft>) => void;
}
