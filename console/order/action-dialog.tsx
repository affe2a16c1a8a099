import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../api/client.js';
import { newKey, notice, perform } from '../api/commands.js';
import type { Action, Change, Order, Preview, Problem } from '../api/types.js';
import { dropDraft, useDraft } from '../ui/draft.js';
import { Dialog, Trouble, Waiting } from '../ui/parts.js';
import { draftName, hasNothingToFill, needsReason, requestOf, titleOf } from './actions.js';
import { Changes } from './changes.js';
import { bodyOf, type Draft, emptyDraft, Fields } from './fields.js';
import { PreviewView } from './preview.js';

type Step =
  | { readonly at: 'form' }
  | { readonly at: 'asking' }
  | { readonly at: 'preview'; readonly preview: Preview; readonly key: string }
  | { readonly at: 'sending' };

/** What another user changed between the preview and the commit. */
interface Meanwhile {
  readonly order: Order;
  readonly changes: readonly Change[];
}

interface Typed {
  readonly draft: Draft;
  readonly begun: Pick<Order, 'shipping_address' | 'billing_address'>;
}

const form: Step = { at: 'form' };

const lookAgain = async (id: string, from: number): Promise<Meanwhile | undefined> => {
  const order = await call<{ order: Order }>(`/${id}`);
  if (!order.ok) return undefined;
  const { version } = order.value.order;
  const diff = await call<{ changes: readonly Change[] }>(`/${id}/diff?from=${from}&to=${version}`);
  return { order: order.value.order, changes: diff.ok ? diff.value.changes : [] };
};

const MeanwhileNote = ({ meanwhile: { order, changes } }: { meanwhile: Meanwhile }) => (
  <div class="note amber" role="alert">
    <p>
      <strong>The order has changed meanwhile</strong> (now version {order.version}). Nothing was done. Preview again to
      see what it would do now.
    </p>
    {changes.length === 0 ? null : <Changes label="Changed meanwhile" changes={changes} order={order} />}
  </div>
);

/**
 * One action: fill in, preview, commit. The commit carries the version of the preview and a key made with it, so that a
 * second click, a lost answer or a reload does nothing twice.
 */
export const ActionDialog = ({
  action,
  order,
  onClose: onLeave,
}: {
  action: Action;
  order: Order;
  onClose: () => void;
}) => {
  const name = draftName(order.id, action);
  // Addresses are compared with those that the form began with, also after a reload: others may change them meanwhile.
  const [{ draft, begun }, setTyped] = useDraft<Typed>(name, () => {
    const { shipping_address, billing_address } = order;
    return { draft: emptyDraft(order), begun: { shipping_address, billing_address } };
  });
  const onClose = (): void => {
    dropDraft(name);
    onLeave();
  };
  const [step, setStep] = useState<Step>(form);
  const [problem, setProblem] = useState<Problem>();
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const confirm = useRef<HTMLButtonElement>(null);
  const title = titleOf(action);
  const { method, path } = requestOf(action, order.id);
  const body = bodyOf(action, draft, begun);
  const latest = useRef(body);
  latest.current = body;

  const preview = async (): Promise<void> => {
    setProblem(undefined);
    setStep({ at: 'asking' });
    const result = await call<Preview>(`${path}?dry_run=true`, { method, body });
    // Typed on while it was asked for: the answer is to another question.
    if (JSON.stringify(latest.current) !== JSON.stringify(body)) setStep(form);
    else if (result.ok) {
      setMeanwhile(undefined);
      setStep({ at: 'preview', preview: result.value, key: newKey() });
    } else {
      setProblem(result.problem);
      setStep(form);
    }
  };

  const commit = async (version: number, key: string): Promise<void> => {
    setStep({ at: 'sending' });
    // The command is kept from here on, until it is answered.
    dropDraft(name);
    const command = { key, title: `${title}, ${order.order_number}`, orderId: order.id, method, path, body };
    const result = await perform({ ...command, ifMatch: version });
    if (result.ok) {
      notice.value = { text: `Done: ${title}`, isFault: false };
      onClose();
      return;
    }
    setTyped({ draft, begun });
    const seen = result.problem.code === 'version_conflict' ? await lookAgain(order.id, version) : undefined;
    setMeanwhile(seen);
    setProblem(seen === undefined ? result.problem : undefined);
    setStep(form);
  };

  useEffect(() => {
    if (hasNothingToFill(action)) void preview();
  }, []);
  useEffect(() => {
    if (step.at === 'preview') confirm.current?.focus();
  }, [step.at]);
  // What is confirmed is what was shown: a version that arrives by the watch ends the preview before it is refused.
  useEffect(() => {
    if (step.at !== 'preview' || order.version <= step.preview.version) return;
    void lookAgain(order.id, step.preview.version).then((seen) => {
      if (seen === undefined) return;
      setStep((now) => (now === step ? form : now));
      setMeanwhile(seen);
    });
  }, [step, order.version]);

  const isBusy = step.at === 'asking' || step.at === 'sending';
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (step.at === 'form') void preview();
          if (step.at === 'preview') void commit(step.preview.version, step.key);
        }}
      >
        <Fields
          action={action}
          order={order}
          draft={draft}
          required={needsReason(action)}
          onChange={(changed) => {
            setTyped({ draft: changed, begun });
            if (step.at === 'preview') setStep(form);
          }}
        />
        {meanwhile === undefined || step.at === 'sending' ? null : <MeanwhileNote meanwhile={meanwhile} />}
        {problem === undefined ? null : <Trouble problem={problem} />}
        {isBusy ? <Waiting what={step.at === 'asking' ? 'the preview' : 'the answer'} /> : null}
        {step.at === 'preview' ? <PreviewView preview={step.preview} order={order} /> : null}
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
