import { useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Problem, Verification } from '../api/types.js';
import { Time, Trouble } from '../ui/parts.js';

const Found = ({ found }: { found: Verification }) => {
  const { verified, entries, why, first_bad_version, head, sealed_at } = found;
  return (
    <>
      <p>
        {verified ? (
          <>
            <strong>Verified.</strong> {entries === 1 ? 'The one entry is' : `All ${entries} entries are`} as written,
            and the stored order is what they add up to.
          </>
        ) : (
          <>
            <strong>Not verified.</strong> {why}
            {first_bad_version === undefined ? null : ` The first version concerned is ${first_bad_version}.`} Tell the
            engineers who run the service: the data may have been changed outside of the service.
          </>
        )}
        {sealed_at === undefined ? null : (
          <>
            {' '}
            Entries of an earlier release were sealed <Time at={sealed_at} />.
          </>
        )}
      </p>
      {head === undefined ? null : (
        <p class="small">
          Hash of the newest entry: <code class="keep">{head}</code>
        </p>
      )}
    </>
  );
};

/** Checks the journal of an order against its hashes, and says what was found. */
export const Verify = ({ orderId }: { orderId: string }) => {
  const [state, setState] = useState<{ found?: Verification; problem?: Problem; isBusy?: boolean; at?: string }>({});
  const { found, problem, isBusy = false, at } = state;
  const ask = async (): Promise<void> => {
    setState((old) => ({ ...old, isBusy: true }));
    const result = await call<Verification>(`/${orderId}/verify`, { method: 'POST' });
    setState(result.ok ? { found: result.value, at: new Date().toISOString() } : { problem: result.problem });
  };
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void ask()}>
        {isBusy ? 'Verifying…' : 'Verify the journal'}
      </button>
      {problem === undefined ? null : <Trouble problem={problem} />}
      <div role="status" class="whole">
        {found === undefined ? null : (
          <div class={found.verified ? 'note green' : 'note red'}>
            <Found found={found} />
            {at === undefined ? null : (
              <p class="small">
                Checked <Time at={at} />
              </p>
            )}
          </div>
        )}
      </div>
    </>
  );
};
