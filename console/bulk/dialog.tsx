import { useEffect, useRef, useState } from 'preact/hooks';
import type { Command } from '../api/commands.js';
import type { Problem } from '../api/types.js';
import { dropDraft, useDraft } from '../ui/draft.js';
import { Dialog, Trouble } from '../ui/parts.js';
import { words } from '../ui/text.js';
import { type BulkAction, type BulkDraft, bulkDraftName, bulkStatuses, fieldsOf, needsReason } from './draft.js';
import { Outcomes } from './outcomes.js';
import type { Selected } from './selection.js';
import { bulkCommands, type Outcome, previewBulk, runBulk } from './run.js';

type Step =
  | { readonly at: 'form' }
  | { readonly at: 'asking'; readonly count: number }
  | { readonly at: 'preview'; readonly outcomes: readonly Outcome[]; readonly commands: readonly Command[] }
  | { readonly at: 'running'; readonly outcomes: readonly Outcome[]; readonly total: number }
  | { readonly at: 'done'; readonly outcomes: readonly Outcome[]; readonly commands: readonly Command[] };

const isDone = ({ outcome }: Outcome): boolean => outcome === 'done';

const Fields = ({
  action,
  draft,
  isFixed,
  onChange,
}: {
  action: BulkAction;
  draft: BulkDraft;
  isFixed: boolean;
  onChange: (draft: BulkDraft) => void;
}) => (
  <>
    {action === 'change_status' ? (
      <label>
        New status
        <select
          required
          disabled={isFixed}
          value={draft.status}
          onChange={(event) => onChange({ ...draft, status: event.currentTarget.value })}
        >
          <option value="">choose</option>
          {bulkStatuses.map((status) => (
            <option key={status} value={status}>
              {words(status).toLowerCase()}
            </option>
          ))}
        </select>
      </label>
    ) : null}
    {action === 'hold' ? (
      <label>
        Until (optional)
        <input
          type="datetime-local"
          readOnly={isFixed}
          value={draft.until}
          onInput={(event) => onChange({ ...draft, until: event.currentTarget.value })}
        />
      </label>
    ) : null}
    <label>
      Reason{needsReason(action) ? '' : ' (optional)'}
      <input
        required={needsReason(action)}
        readOnly={isFixed}
        maxLength={2000}
        value={draft.reason}
        onInput={(event) => onChange({ ...draft, reason: event.currentTarget.value })}
      />
    </label>
  </>
);

const Progress = ({ done, total, what }: { done: number; total: number; what: string }) => (
  <p>
    <progress aria-label={what} value={done} max={total} />{' '}
    <span role="status">
      {what}: {done} of {total}
    </span>
  </p>
);

const PreviewPart = ({ outcomes, orders }: { outcomes: readonly Outcome[]; orders: readonly Selected[] }) => {
  const will = outcomes.filter(isDone);
  const cannot = outcomes.filter((one) => !isDone(one));
  return (
    <div class="preview" role="region" aria-label="Preview">
      <p role="status">
        <strong>{will.length}</strong> will, <strong>{cannot.length}</strong> cannot. Nothing is done yet.
      </p>
      <Outcomes label="Orders that cannot" outcomes={cannot} orders={orders} />
      <Outcomes label="Orders that will" outcomes={will} orders={orders} />
    </div>
  );
};

/** One change of many orders: fill in, preview, run, and the result for each. */
export const BulkDialog = ({
  action,
  orders,
  onClose,
}: {
  action: BulkAction;
  orders: readonly Selected[];
  onClose: (done: boolean) => void;
}) => {
  // The selection as it was when the dialog opened: rows may change behind it.
  const [chosen] = useState(orders);
  const [draft, setDraft] = useDraft<BulkDraft>(bulkDraftName(action), () => ({ reason: '', until: '', status: '' }));
  const [step, setStep] = useState<Step>({ at: 'form' });
  const [problem, setProblem] = useState<Problem>();
  const confirm = useRef<HTMLButtonElement>(null);
  const title = `${words(action)}: ${chosen.length} ${chosen.length === 1 ? 'order' : 'orders'}`;

  const look = async (): Promise<void> => {
    setStep({ at: 'asking', count: 0 });
    const fields = fieldsOf(action, draft);
    const ids = chosen.map(({ id }) => id);
    const told = await previewBulk(action, ids, fields, (count) => setStep({ at: 'asking', count }));
    setProblem(told.ok ? undefined : told.problem);
    if (!told.ok) setStep({ at: 'form' });
    else {
      const will = told.outcomes.filter(isDone).map(({ order_id }) => order_id);
      setStep({ at: 'preview', outcomes: told.outcomes, commands: bulkCommands(action, will, fields, title) });
    }
  };

  const run = async (commands: readonly Command[], before: readonly Outcome[], total: number): Promise<void> => {
    setStep({ at: 'running', outcomes: before.filter(isDone), total });
    // The commands are kept from here on.
    dropDraft(bulkDraftName(action));
    const outcomes = await runBulk(commands, before, (now) => setStep({ at: 'running', outcomes: now, total }));
    setStep({ at: 'done', outcomes, commands });
  };

  useEffect(() => {
    if (step.at === 'preview') confirm.current?.focus();
  }, [step.at]);

  const willCount = step.at === 'preview' ? step.outcomes.filter(isDone).length : 0;
  const isBegun = step.at === 'running' || step.at === 'done';
  const submitText = (): string => {
    if (step.at === 'preview') return `${words(action)}: ${willCount} of ${chosen.length}`;
    if (isBegun) return step.at === 'running' ? 'Working…' : 'Done';
    return 'Preview';
  };
  const close = (): void => {
    dropDraft(bulkDraftName(action));
    onClose(isBegun);
  };
  return (
    <Dialog title={title} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (step.at === 'form') void look();
          if (step.at === 'preview' && willCount > 0) void run(step.commands, [], willCount);
        }}
      >
        <Fields
          action={action}
          draft={draft}
          isFixed={isBegun || step.at === 'asking'}
          onChange={(changed) => {
            setDraft(changed);
            setStep({ at: 'form' });
          }}
        />
        {step.at === 'asking' ? <Progress what="Asking" done={step.count} total={chosen.length} /> : null}
        {step.at === 'preview' ? <PreviewPart outcomes={step.outcomes} orders={chosen} /> : null}
        {step.at === 'running' ? <Progress what="Working" done={step.outcomes.length} total={step.total} /> : null}
        {isBegun ? (
          <div class="preview" role="region" aria-label="Result">
            <p role="status">
              {step.outcomes.filter(isDone).length} of {step.at === 'running' ? step.total : step.outcomes.length} done.
            </p>
            <Outcomes label="Result for each order" outcomes={step.outcomes} orders={chosen} />
          </div>
        ) : null}
        {problem === undefined ? null : <Trouble problem={problem} />}
        <footer>
          {step.at === 'done' && step.outcomes.some(({ outcome }) => outcome === 'unavailable') ? (
            <button
              type="button"
              class="main"
              onClick={() => void run(step.commands, step.outcomes, step.outcomes.length)}
            >
              Try the others again
            </button>
          ) : null}
          <button type="button" onClick={close}>
            Close
          </button>
          {/* Stays where it is, so that a second click hits nothing else. */}
          <button
            ref={confirm}
            type="submit"
            class={step.at === 'preview' && action === 'cancel' ? 'danger' : 'main'}
            disabled={step.at === 'asking' || isBegun || (step.at === 'preview' && willCount === 0)}
          >
            {submitText()}
          </button>
        </footer>
      </form>
    </Dialog>
  );
};
