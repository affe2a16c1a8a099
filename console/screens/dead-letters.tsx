import { useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { DeadLetter } from '../api/types.js';
import { href, navigate, route } from '../route.js';
import { useLoad } from '../ui/load.js';
import { Empty, Pill, Time, Trouble, Waiting } from '../ui/parts.js';
import { ReasonDialog } from '../ui/reason-dialog.js';

interface Page {
  readonly dead_letters: readonly DeadLetter[];
  readonly next_page_token: string;
}

const states = ['open', 'replayed', 'discarded'] as const;

const Letter = ({ letter, onAct }: { letter: DeadLetter; onAct: (action: 'replay' | 'discard') => void }) => (
  <article class="card letter" aria-label={`Dead letter ${letter.event_id}`}>
    <header>
      <h2>
        {letter.topic} <Pill state={letter.state} />
      </h2>
      <Time at={letter.received_at} age />
    </header>
    <p>{letter.reason}</p>
    <p class="dim small">
      From {letter.source}, event <code>{letter.event_id}</code>
      {letter.order_id === undefined ? null : (
        <>
          , <a href={href(`/orders/${letter.order_id}`)}>order {letter.order_id.slice(0, 8)}</a>
        </>
      )}
    </p>
    {letter.settled_by === undefined ? null : (
      <p class="dim small">
        {letter.state} by {letter.settled_by}
        {letter.note === undefined ? '' : `: ${letter.note}`}
      </p>
    )}
    <details>
      <summary>Content</summary>
      <pre tabIndex={0}>{JSON.stringify(letter.payload, null, 2)}</pre>
    </details>
    {letter.state !== 'open' ? null : (
      <footer>
        <button type="button" class="main" onClick={() => onAct('replay')}>
          Replay…
        </button>
        <button type="button" class="danger" onClick={() => onAct('discard')}>
          Discard…
        </button>
      </footer>
    )}
  </article>
);

/** Events that could not be applied: a person decides. */
export const DeadLetters = () => {
  const search = new URLSearchParams(route.value.search);
  const state = search.get('state') ?? 'open';
  const [tokens, setTokens] = useState<readonly string[]>([]);
  const [acting, setActing] = useState<{ letter: DeadLetter; action: 'replay' | 'discard' }>();
  const { value, problem, reload } = useLoad<Page>(`/dead-letters${query({ state, page_token: tokens.at(-1) })}`);
  return (
    <>
      <div class="page-head">
        <h1>Dead letters</h1>
        <div class="choices" role="group" aria-label="State">
          {states.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === state}
              onClick={() => {
                setTokens([]);
                navigate(`/dead-letters?state=${name}`);
              }}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value === undefined && problem === undefined ? <Waiting what="dead letters" /> : null}
      {value?.dead_letters.length === 0 ? <Empty>No {state} dead letters: every event was applied.</Empty> : null}
      {value?.dead_letters.map((letter) => (
        <Letter key={letter.id} letter={letter} onAct={(action) => setActing({ letter, action })} />
      ))}
      <nav class="pages" aria-label="Pages">
        {tokens.length === 0 ? null : (
          <button type="button" onClick={() => setTokens(tokens.slice(0, -1))}>
            Newer
          </button>
        )}
        {value === undefined || value.next_page_token === '' ? null : (
          <button type="button" onClick={() => setTokens([...tokens, value.next_page_token])}>
            Older
          </button>
        )}
      </nav>
      {acting === undefined ? null : (
        <ReasonDialog
          title={acting.action === 'replay' ? 'Replay the event' : 'Discard the event'}
          explanation={
            acting.action === 'replay'
              ? 'The event is decided again, against the order as it is now. If it still does not fit, it stays here.'
              : 'The event is closed without effect. This cannot be undone.'
          }
          path={`/dead-letters/${acting.letter.id}/${acting.action}`}
          orderId={acting.letter.order_id}
          onClose={(done) => {
            setActing(undefined);
            if (done) void reload();
          }}
        />
      )}
    </>
  );
};
