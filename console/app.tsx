import { render } from 'preact';
import { signal } from '@preact/signals';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { notice, pending, resume } from './api/commands.js';
import { href, listen, navigate, route, start as startRoute } from './route.js';
import { lookFor, Orders } from './screens/orders.js';
import { Attention, attentionCount } from './screens/attention.js';
import { DeadLetters } from './screens/dead-letters.js';
import { Health } from './screens/health.js';
import { OrderScreen } from './screens/order.js';
import { useReturn } from './screens/pages.js';
import { SignIn } from './screens/sign-in.js';
import { claims, openSession, signOut, token } from './session.js';
import { Help, isHelpOpen } from './ui/help.js';
import { listenToKeys } from './ui/keys.js';
import { Dialog, Waiting } from './ui/parts.js';

const Figures = lazy(async () => ({ default: (await import('./screens/figures.js')).Figures }));

const pages = [
  ['/orders', 'Orders'],
  ['/attention', 'Needs attention'],
  ['/dead-letters', 'Dead letters'],
  ['/figures', 'Figures'],
  ['/health', 'Health'],
] as const;

/** Whether a user has been signed in on this page: then the sign-in goes over what they had open. */
const wasSignedIn = signal(false);

const Start = () => (
  <>
    <h1 class="unseen">Start</h1>
    <h2>Needs attention</h2>
    <Attention />
    <p>
      <a class="button main" href={href('/orders')}>
        All orders
      </a>
    </p>
  </>
);

const Page = () => {
  const { path } = route.value;
  const order = /^\/orders\/([^/]+)$/.exec(path)?.[1];
  useEffect(() => {
    if (order !== undefined) return;
    const name = pages.find(([prefix]) => prefix === path)?.[1];
    document.title = name === undefined ? 'Order desk' : `${name} · Order desk`;
  }, [path, order]);
  const isFirst = useRef(true);
  useEffect(() => {
    // The link that led here is gone: the focus goes with the reader.
    if (!isFirst.current) document.getElementById('main')?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [path]);
  useReturn(order === undefined && path !== '/orders');
  if (order !== undefined) return <OrderScreen key={order} id={decodeURIComponent(order)} />;
  switch (path) {
    case '/':
      return <Start />;
    case '/orders':
      return <Orders />;
    case '/attention':
      return (
        <>
          <div class="page-head">
            <h1>Needs attention</h1>
          </div>
          <Attention />
        </>
      );
    case '/dead-letters':
      return <DeadLetters />;
    case '/health':
      return <Health />;
    case '/figures':
      return (
        <Suspense fallback={<Waiting what="figures" />}>
          <Figures />
        </Suspense>
      );
    default:
      return (
        <>
          <h1>There is no such page</h1>
          <p>
            <a href={href('/')}>To the start page</a>
          </p>
        </>
      );
  }
};

const Top = () => {
  const { sub, role } = claims();
  const { find } = route.value;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current !== null) field.current.value = find;
  }, [find]);
  return (
    <header class="top">
      <a class="brand" href={href('/')}>
        Order desk
      </a>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            lookFor(field.current?.value ?? '');
            // Out of the field, so that the keys of the page work.
            document.getElementById('main')?.focus();
          }}
        >
          <input
            ref={field}
            id="find"
            name="find"
            type="search"
            aria-label="Search orders"
            autocomplete="off"
            placeholder="Number, customer, email, SKU, tracking…  ( / )"
          />
        </form>
      </search>
      <details class="menu">
        <summary>{sub ?? 'signed in'}</summary>
        <div>
          <p class="dim small">{role}</p>
          <button type="button" class="quiet" onClick={() => (isHelpOpen.value = true)}>
            Keyboard
          </button>
          <a href="/api/v1/orders/docs" target="_blank" rel="noreferrer">
            API documentation
          </a>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              wasSignedIn.value = false;
              signOut(undefined, true);
            }}
          >
            Sign out
          </button>
        </div>
      </details>
    </header>
  );
};

const Navigation = () => (
  <nav class="side" aria-label="Screens">
    {pages.map(([path, name]) => {
      const isHere = route.value.path === path || route.value.path.startsWith(`${path}/`);
      return (
        <a key={path} href={href(path)} aria-current={isHere ? 'page' : undefined}>
          {name}
          {path === '/attention' && attentionCount.value > 0 ? (
            <span class="badge">
              {attentionCount.value}
              <span class="unseen"> waiting</span>
            </span>
          ) : null}
        </a>
      );
    })}
  </nav>
);

const Toast = () => {
  const said = notice.value;
  useEffect(() => {
    if (said === undefined || said.isFault) return undefined;
    const timer = setTimeout(() => (notice.value = undefined), 6_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class="toasts" role="status">
      {said === undefined ? null : (
        <p class={said.isFault ? 'toast red' : 'toast'}>
          {said.text}{' '}
          <button type="button" class="quiet" aria-label="Close the message" onClick={() => (notice.value = undefined)}>
            ✕
          </button>
        </p>
      )}
    </div>
  );
};

const App = () => {
  const isSignedIn = token.value !== undefined;
  useEffect(() => {
    if (!isSignedIn) return;
    wasSignedIn.value = true;
    void resume();
  }, [isSignedIn]);
  if (!isSignedIn && !wasSignedIn.value)
    return (
      <main class="card door">
        <h1>Order desk</h1>
        <SignIn />
      </main>
    );
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Top />
      <div class="frame">
        <Navigation />
        <main id="main" tabIndex={-1} data-pending={pending.value.length}>
          <Page />
        </main>
      </div>
      <Toast />
      {isHelpOpen.value ? <Help /> : null}
      {isSignedIn ? null : (
        <Dialog title="Sign in again">
          <SignIn />
        </Dialog>
      )}
    </>
  );
};

const start = async (): Promise<void> => {
  listen();
  listenToKeys({
    '/': () => document.getElementById('find')?.focus(),
    '?': () => (isHelpOpen.value = true),
    g: () => navigate('/'),
  });
  await openSession();
  startRoute();
  const place = document.getElementById('app');
  if (place !== null) render(<App />, place);
};

void start();
