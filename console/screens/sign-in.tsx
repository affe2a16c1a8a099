import { useState } from 'preact/hooks';
import { settings, signIn, signInNotice, signInWithIssuer } from '../session.js';

/** How to get in: the issuer where there is one, a token always. */
export const SignIn = () => {
  const [text, setText] = useState('');
  const openId = settings.value?.open_id;
  return (
    <div class="sign-in">
      <p>The console works with your own rights: sign in as staff or admin.</p>
      {signInNotice.value === undefined ? null : (
        <p class="note amber" role="alert">
          {signInNotice.value}
        </p>
      )}
      {openId === undefined ? null : (
        <button type="button" class="main" onClick={() => void signInWithIssuer()}>
          Sign in with {new URL(openId.issuer).host}
        </button>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(text.trim(), 'pasted');
        }}
      >
        <label>
          Access token
          <textarea
            rows={4}
            required
            spellcheck={false}
            autocomplete="off"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="dim small">It is kept for this tab only.</p>
        <button type="submit" class={openId === undefined ? 'main' : ''}>
          Use this token
        </button>
      </form>
      {settings.value?.development_links === true ? (
        <p class="dim small">
          On this machine <code>npm run -s console</code> prints a link that signs you in.
        </p>
      ) : null}
    </div>
  );
};
