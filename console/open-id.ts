import * as oauth from 'oauth4webapi';

/** The issuer people sign in with. */
export interface OpenId {
  readonly issuer: string;
  readonly audience: string;
  readonly client_id: string;
  readonly scope: string;
}

const stateKey = 'order-desk.open-id';

interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly returnTo: string;
  /** What the history had kept with that page: what was searched for is not in the address. */
  readonly kept: unknown;
}

/** An issuer on this machine may do without TLS; the library marks the option deprecated so that it stands out. */
const options = (issuer: string) => ({
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- loopback only
  [oauth.allowInsecureRequests]: ['127.0.0.1', 'localhost'].includes(new URL(issuer).hostname),
});

const discover = async ({ issuer }: OpenId): Promise<oauth.AuthorizationServer> => {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options(issuer)));
};

const callback = (): string => `${location.origin}/console/callback`;

/**
 * Goes to the issuer: authorization code with PKCE.
 *
 * @param prompt `none`: the issuer asks nothing and answers at once, with a code or without; `login`: it asks who is here
 */
export const begin = async (openId: OpenId, prompt: 'none' | 'login' | undefined): Promise<void> => {
  const server = await discover(openId);
  if (server.authorization_endpoint === undefined) throw new Error('The issuer has no authorization endpoint.');
  const begun: Begun = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    returnTo: location.pathname === '/console/callback' ? '/console' : location.pathname + location.search,
    kept: history.state as unknown,
  };
  sessionStorage.setItem(stateKey, JSON.stringify(begun));
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: openId.client_id,
    redirect_uri: callback(),
    response_type: 'code',
    scope: openId.scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
    audience: openId.audience,
    ...(URL.canParse(openId.audience) ? { resource: openId.audience } : {}),
    ...(prompt === undefined ? {} : { prompt }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
};

/** Answers of an issuer that was to ask nothing, and has to. */
const questions = ['login_required', 'consent_required', 'interaction_required', 'account_selection_required'];

/** The result of a sign-in. */
export interface Outcome {
  readonly token?: string;
  readonly notice?: string;
  readonly returnTo: string;
  readonly kept?: unknown;
}

/** Takes the issuer's answer from the address and exchanges the code for the token. */
export const finish = async (openId: OpenId): Promise<Outcome> => {
  const begun = JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as Begun | null;
  sessionStorage.removeItem(stateKey);
  if (begun === null) return { returnTo: '/console', notice: 'This sign-in was begun elsewhere. Sign in again.' };
  const { returnTo, kept } = begun;
  try {
    const server = await discover(openId);
    const client: oauth.Client = { client_id: openId.client_id };
    const answer = oauth.validateAuthResponse(server, client, new URL(location.href), begun.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      callback(),
      begun.verifier,
      {
        ...options(openId.issuer),
        ...(URL.canParse(openId.audience) ? { additionalParameters: { resource: openId.audience } } : {}),
      },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: begun.nonce,
    });
    return { token: tokens.access_token, returnTo, kept };
  } catch (error) {
    const mustAsk = error instanceof oauth.AuthorizationResponseError && questions.includes(error.error);
    const notice = mustAsk
      ? 'Your session has ended. Sign in again.'
      : `Signing in failed: ${(error as Partial<Error>).message ?? 'unknown'}. Try again.`;
    return { notice, returnTo, kept };
  }
};
