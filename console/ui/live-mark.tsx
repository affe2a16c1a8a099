import type { Freshness } from '../api/watch.js';

const texts: Readonly<Record<Freshness, readonly [tone: string, text: string]>> = {
  connecting: ['grey', 'connecting'],
  live: ['green', 'live'],
  polled: ['grey', 'every few seconds'],
  paused: ['grey', 'paused while hidden'],
  stale: ['amber', 'not up to date: reconnecting'],
};

/** How fresh the page is. */
export const LiveMark = ({ freshness }: { freshness: Freshness }) => {
  const [tone, text] = texts[freshness];
  return (
    <span class={`pill ${tone}`} role="status">
      <span aria-hidden="true">{freshness === 'live' ? '●' : '○'}</span> {text}
    </span>
  );
};
