import { useEffect, useRef, useState } from 'preact/hooks';
import { call, knows } from '../api/client.js';
import { newKey, notice, perform } from '../api/commands.js';
import type { Action, Change, Order, Preview, Problem } from '../api/types.js';
import { Dialog, Trouble, Waiting } from '../ui/parts.js';
import { needsReason, requestOf, titleOf } from './actions.js';
import { Changes, PreviewView } from './changes.js';
import { bodyOf, type Draft, emptyDraft, Fields } from './fields.js';

type Step =
  | { readonly at: 'form' }
  | { readonly at: 'asking' }
  | { readonly at: 'preview'; readonly preview: Preview | undefined; readonly version: number; readonly key: string }
  | { readonly at: 'sending' };

/** What somebody else changed between the preview and the commit. */
interface Meanwhile {
  readonly order: Order;
  readonly changes: readonly Change[];
}

const lookAgain = async (id: string, from: number): Promise<Meanwhile | undefined> => {
  const order = await call<{ order: Order }>(`/${id}`);
  if (!order.ok) return undefined;
  const { version } = order.value.order;
  const diff = await call<{ changes: readonly Change[] }>(`/${id}/diff?from=${from}&to=${version}`);
  return { order: order.value.order, changes: diff.ok ? diff.value.changes : [] };
};

/**
 * One action: fill in, preview, commit. The commit carries the version of the preview and a key made with it, so that a
 * second click, a lost answer or a reload does nothing twice.
 */
export const ActionDialog = ({ action, order, onClose }: { action: Action; order: Order; onClose: () => void }) => {
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(order));
  const [step, setStep] = useState<Step>({ at: 'form' });
  const [problem, setProblem] = useState<Problem>();
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const confirm = useRef<HTMLButtonElement>(null);
  const title = titleOf(action);
  const { method, path } = requestOf(action, order.id);
  const body = bodyOf(action, draft);

  const preview = async (): Promise<void> => {
    setProblem(undefined);
    setStep({ at: 'asking' });
    const key = newKey();
    if (!(await knows('dry_run'))) {
      setStep({ at: 'preview', preview: undefined, version: order.version, key });
      return;
    }
    const result = await call<Preview>(`${path}?dry_run=true`, { method, body });
    if (result.ok) {
      setMeanwhile(undefined);
      setStep({ at: 'preview', preview: result.value, version: result.value.version, key });
    } else {
      setProblem(result.problem);
      setStep({ at: 'form' });
    }
  };

  const commit = async (version: number, key: string): Promise<void> => {
    setStep({ at: 'sending' });
    const command = { key, title: `${title}, ${order.order_number}`, orderId: order.id, method, path, body };
    const result = await perform({ ...command, ifMatch: version });
    if (result.ok) {
      notice.value = { text: `Done: ${title}`, isFault: false };
      onClose();
      return;
    }
    if (result.problem.code === 'version_conflict') setMeanwhile(await lookAgain(order.id, version));
    else setProblem(result.problem);
    setStep({ at: 'form' });
  };

  useEffect(() => {
    if (step.at === 'preview') confirm.current?.focus();
  }, [step.at]);

  const isBusy = step.at === 'asking' || step.at === 'sending';
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (step.at === 'form') void preview();
          if (step.at === 'preview') void commit(step.version, step.key);
        }}
      >
        <Fields
          action={action}
          order={order}
          draft={draft}
          required={needsReason(action)}
          onChange={(changed) => {
            setDraft(changed);
            if (step.at === 'preview') setStep({ at: 'form' });
          }}
        />
        {meanwhile === undefined ? null : (
          <div class="note amber" role="alert">
            <p>
              <strong>Somebody changed this order meanwhile</strong> (now version {meanwhile.order.version}). Nothing
              was done. Preview again to see what it would do now.
            </p>
            {meanwhile.changes.length === 0 ? null : <Changes changes={meanwhile.changes} order={meanwhile.order} />}
          </div>
        )}
        {problem === undefined ? null : <Trouble problem={problem} />}
        {isBusy ? <Waiting what={step.at === 'asking' ? 'the preview' : 'the answer'} /> : null}
        {step.at !== 'preview' ? null : step.preview === undefined ? (
          <p class="note">This version of the service has no preview: what you confirm is done at once.</p>
        ) : (
          <PreviewView preview={step.preview} order={order} />
        )}
        <footer>
          <button type="button" onClick={onClose}>
            Close
          </button>
          {step.at === 'preview' ? (
            <button ref={confirm} type="submit" class={action.action.startsWith('cancel') ? 'danger' : 'main'}>
              {title}
            </button>
          ) : (
            <button type="submit" class="main" disabled={isBusy}>
              Preview
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
};
