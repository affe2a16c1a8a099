import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findOnPath, installPackage, mayInstallPackages } from '../../scripts/system-package.js';
import { projectRoot } from '../../scripts/paths.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;
const find = (): string | undefined => names.map(findOnPath).find((path) => path !== undefined);

/** The path of Chromium: found, or installed where that is possible. Says so; without one the tests fail. */
const chromiumPath = async (): Promise<string> => {
  const found = find();
  if (found !== undefined) return found;
  if (mayInstallPackages()) {
    console.log('· installing Chromium for the tests');
    await installPackage('chromium');
  }
  const installed = find();
  assert.ok(installed, 'Chromium is required: install it (apt-get install chromium).');
  return installed;
};

/** A browser for the tests. */
export const openBrowser = async (): Promise<Browser> => {
  const executablePath = await chromiumPath();
  console.log(`· the browser of the tests is ${executablePath}`);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
};

/** What the browser complained of on a page: errors, and refusals by the content security policy. */
export const complaintsOf = (page: Page): readonly string[] => {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A problem of the API is an answer like any other; the browser logs it all the same.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
  });
  return complaints;
};

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const run = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`;

/** Checks what is shown with axe, in light and dark. Keeps a picture of each in `.data/console-pictures`. */
export const checkAccessibility = async (page: Page, name: string): Promise<void> => {
  const folder = join(projectRoot, '.data', 'console-pictures');
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
    // Evaluated by the debugger, which the page's policy does not bind.
    const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(`${axe}; ${run}`);
    const told = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
    assert.deepEqual(told, [], `${name}, ${colorScheme}`);
  }
};
