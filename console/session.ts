import { signal } from '@preact/signals';
import type { OpenId } from './open-id.js';

/** How the token came here; decides whether a reload may find it again. */
type Source = 'link' | 'pasted' | 'issuer';

interface Settings {
  readonly development_links: boolean;
  readonly open_id?: OpenId;
}

const tokenKey = 'order-desk.token';
const issuerKey = 'order-desk.issuer';
const anotherKey = 'order-desk.another';

/** The token of the user who is signed in. */
export const token = signal<string | undefined>(undefined);
/** Why the sign-in page shows, in a sentence. */
export const signInNotice = signal<string | undefined>(undefined);
/** What the service says of signing in; undefined until it has answered. */
export const settings = signal<Settings | undefined>(undefined);

/** Takes a token. That of an issuer stays in memory alone. */
export const signIn = (given: string, source: Source): void => {
  if (source === 'issuer') sessionStorage.setItem(issuerKey, 'yes');
  else sessionStorage.setItem(tokenKey, given);
  sessionStorage.removeItem(anotherKey);
  signInNotice.value = undefined;
  token.value = given;
};

/**
 * Forgets the token; what was begun is kept for the next sign-in.
 *
 * @param another whether another user may sign in: the issuer then asks who it is, although it has a session
 */
export const signOut = (notice?: string, another = false): void => {
  sessionStorage.removeItem(tokenKey);
  sessionStorage.removeItem(issuerKey);
  if (another) sessionStorage.setItem(anotherKey, 'yes');
  signInNotice.value = notice;
  token.value = undefined;
};

interface Claims {
  readonly sub?: string;
  readonly role?: string;
  readonly exp?: number;
}

/** What the token says of its holder; only to show it, the service decides. */
export const claims = (): Claims => {
  try {
    const body = token.value?.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    return {};
  }
};

/** Signs out the holder of a token that the service does not accept. */
export const refused = (): void => {
  // Another answer has done so already.
  if (token.value === undefined) return;
  const hasExpired = (claims().exp ?? Infinity) * 1_000 <= Date.now();
  const notAccepted = 'The service does not accept your token: it is not for this service, or gives you no role here.';
  signOut(
    hasExpired ? 'Your token has expired. Sign in to go on.' : `${notAccepted} Sign in with an account that has one.`,
    !hasExpired,
  );
};

const redeem = async (code: string): Promise<void> => {
  const response = await fetch('/console/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  if (response.ok) signIn(((await response.json()) as { readonly token: string }).token, 'link');
  else signInNotice.value = 'This link has been used or has expired. Run “npm run -s console” for a fresh one.';
};

/** Starts OpenID Connect: leaves this page, unless the issuer does not answer. */
export const signInWithIssuer = async (silent = false): Promise<void> => {
  const openId = settings.value?.open_id;
  if (openId === undefined) return;
  const asking = sessionStorage.getItem(anotherKey) === null ? undefined : 'login';
  try {
    const { begin } = await import('./open-id.js');
    await begin(openId, silent ? 'none' : asking);
  } catch {
    signInNotice.value = `${new URL(openId.issuer).host} does not answer. Try again in a moment.`;
  }
};

const askSettings = async (): Promise<Settings> => {
  try {
    return (await (await fetch('/console/settings.json')).json()) as Settings;
  } catch {
    signInNotice.value = 'The service does not answer. Reload this page when it is back.';
    return { development_links: false };
  }
};

/** Finds out who is signed in: by a one-time link, the issuer's answer, or a token kept for this tab. */
export const openSession = async (): Promise<void> => {
  const asked = askSettings().then((answer) => {
    settings.value = answer;
    return answer;
  });
  const code = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1];
  const isCallback = location.pathname === '/console/callback';
  const kept = sessionStorage.getItem(tokenKey);
  if (code === undefined && !isCallback && kept !== null) {
    // The page need not wait for what only the sign-in needs.
    token.value = kept;
    return;
  }
  const { open_id } = await asked;
  if (code !== undefined) {
    history.replaceState(null, '', location.pathname);
    await redeem(code);
  } else if (open_id !== undefined && isCallback) {
    const { finish } = await import('./open-id.js');
    const outcome = await finish(open_id);
    history.replaceState(outcome.kept ?? null, '', outcome.returnTo);
    if (outcome.token === undefined) signOut(outcome.notice);
    else signIn(outcome.token, 'issuer');
  } else if (kept !== null) token.value = kept;
  else if (open_id !== undefined && sessionStorage.getItem(issuerKey) !== null) await signInWithIssuer(true);
};
