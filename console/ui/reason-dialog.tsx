import { useMemo, useState } from 'preact/hooks';
import { type Command, newKey, notice, perform } from '../api/commands.js';
import type { Problem } from '../api/types.js';
import { dropDraft, useDraft } from './draft.js';
import { Dialog, Trouble } from './parts.js';

/** Asks why, then sends the command with that reason. */
export const ReasonDialog = ({
  title,
  explanation,
  path,
  orderId,
  onClose,
}: {
  title: string;
  explanation: string;
  path: string;
  orderId?: string | undefined;
  onClose: (done: boolean) => void;
}) => {
  const [reason, setReason] = useDraft(path, () => '');
  const close = (done: boolean): void => {
    dropDraft(path);
    onClose(done);
  };
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const key = useMemo(newKey, [reason]);
  const submit = async (): Promise<void> => {
    setBusy(true);
    dropDraft(path);
    const command: Command = { key, title, orderId, method: 'POST', path, body: { reason } };
    const result = await perform(command);
    setBusy(false);
    if (result.ok) {
      notice.value = { text: `Done: ${title}`, isFault: false };
      close(true);
    } else {
      setReason(reason);
      setProblem(result.problem);
    }
  };
  return (
    <Dialog title={title} onClose={() => close(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{explanation}</p>
        <label>
          Reason
          <input required maxLength={2000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {problem === undefined ? null : <Trouble problem={problem} />}
        <footer>
          <button type="button" onClick={() => close(false)}>
            Close
          </button>
          <button type="submit" class="main" disabled={isBusy}>
            {isBusy ? 'Sending…' : title}
          </button>
        </footer>
      </form>
    </Dialog>
  );
};
