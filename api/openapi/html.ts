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

/** Paragraphs and bullets (`* `), as descriptions have them. */
export const prose = (text: string): readonly Html[] =>
  text.split(/\n\n/).map((block) => {
    if (!block.startsWith('* ')) return html`<p>${inline(block)}</p>`;
    const bullets = block.split(/\n?\* /).filter((bullet) => bullet !== '');
    return html`<ul>
      ${bullets.map((bullet) => html`<li>${inline(bullet)}</li>`)}
    </ul>`;
  });

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5b6577; --paper: #fff; --panel: #f5f7fa; --line: #dfe4ec; --link: #0b57d0;
  --get: #0b6bcb; --post: #1a7f4b; --put: #a15c00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8f0; --dim: #9aa5b8; --paper: #12161d; --panel: #1a2029; --line: #2c3543;
  --link: #8ab4f8; --get: #64a8f0; --post: #56c288; --put: #e0a44c; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--panel); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; margin: .5rem 0 1rem; }
pre code { background: none; padding: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; } h2 { margin: 3rem 0 .2rem; } h3 { margin: 0 0 .4rem; font-size: 1.1rem; }
h4 { margin: 1.1rem 0 .3rem; font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--dim); }
p { margin: .4rem 0; } .dim { color: var(--dim); }
.layout { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 82rem; margin: 0 auto; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; } nav li { display: flex; gap: .5rem; padding: .12rem 0; align-items: baseline; }
nav strong { display: block; margin-top: .8rem; font-size: .75rem; letter-spacing: .05em; text-transform: uppercase; color: var(--dim); }
main { padding: 2rem 2.5rem 6rem; min-width: 0; }
article { border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.3rem; margin: 1rem 0; }
.method { font: 700 .72rem/1 ui-monospace, monospace; text-transform: uppercase; min-width: 2.6rem; display: inline-block; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); } th { font-weight: 600; color: var(--dim); }
td:first-child { white-space: nowrap; } summary { cursor: pointer; color: var(--link); margin: .5rem 0; }
.must { color: var(--put); font-size: .75rem; } .small { max-width: 44rem; margin: 0 auto; }
@media (max-width: 52rem) { .layout { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
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
