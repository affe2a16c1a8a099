// An OpenID provider for test/console/open-id.test.ts, with its own pages for signing in: any name and password will do.
// The name says the role: staff-…, customer-…; others have none. Arguments: port, origin of the console, audience. The parent
// process can send another audience for the tokens that follow; the provider ends with it.
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [port, origin, audience] = process.argv.slice(2);
let audienceOfTokens = audience;
process.on('message', (given) => {
  audienceOfTokens = given;
  process.send('taken');
});
process.on('disconnect', () => process.exit());

const roleOf = (id = '') => ['staff', 'customer'].find((role) => id.startsWith(`${role}-`));
const { privateKey } = await generateKeyPair('RS256', { extractable: true });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'console',
      redirect_uris: [`${origin}/console/callback`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  clientBasedCORS: (_context, from) => from === origin,
  cookies: { keys: ['only for tests'] },
  extraTokenClaims: (_context, { accountId }) => ({ role: roleOf(accountId) }),
  features: {
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'orders', audience: audienceOfTokens, accessTokenFormat: 'jwt' }),
    },
  },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'key' }] },
  pkce: { required: () => true },
});
provider.listen(Number(port), '127.0.0.1', () => process.send('ready'));
