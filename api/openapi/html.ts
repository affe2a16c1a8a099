import type { z } from 'zod';
import type { problemType } from '../schemas/responses.js';

/** HTML that may be put into other HTML as it is. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[] | undefined;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const rendered = (part: Part): string => {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'html' in part ? part.html : part.map(({ html: inner }) => inner).join('');
};

/** Template tag: everything put in is escaped, unless it is HTML already. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.map((text, index) => text + rendered(parts[index])).join(''),
});

/** A line of text in which `backticks` mark code. */
export const inline = (text: string): Html => ({
  html: text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part)))
    .join(''),
});

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5b6577; --paper: #fff; --panel: #f5f7fa; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8f0; --dim: #9aa5b8; --paper: #12161d; --panel: #1a2029; --link: #8ab4f8; } }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 2rem 2.5rem 6rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--panel); border-radius: 4px;
  padding: .1em .3em; overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { margin: 1.1rem 0 .3rem; font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--dim); }
p { margin: .4rem 0; } .dim { color: var(--dim); }
`;

/** A whole page. Style comes with it and there is no script: it loads nothing, so the strictest policy lets it through. */
export const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${{ html: style }}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.html;

/** A problem type as a page for people. */
export const problemPage = (problem: z.output<typeof problemType>): string =>
  page(
    problem.code,
    html`<main>
      <p class="dim"><a href="/api/v1/orders/docs">Order Service API</a></p>
      <h1>${problem.title}</h1>
      <p><code>${problem.code}</code> <span class="dim">HTTP ${problem.status}, gRPC ${problem.grpc_status}</span></p>
      <h2>What it means</h2>
      <p>${inline(problem.meaning)}</p>
      <h2>What to do</h2>
      <p>${inline(problem.remedy)}</p>
    </main>`,
  );
