import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { projectRoot } from '../../scripts/paths.js';
import { type Dashboard, filledIn, type Panel } from './dashboards.js';
import type { Prometheus, Series } from './prometheus.js';

/** A panel with what Prometheus answered to its queries. */
interface AnsweredPanel {
  readonly panel: Panel;
  readonly series: readonly { readonly name: string; readonly points: Series['points'] }[];
}

/** What became of a dashboard. */
export interface DrawnDashboard {
  /** Where its picture is. */
  readonly picture: string;
  /** Panels with queries. */
  readonly panels: number;
  /** Titles of panels with a query that no series with a figure answers. */
  readonly empty: readonly string[];
  /** What the browser complained of. */
  readonly complaints: readonly string[];
  /** Panels that show a curve, a figure or a state. */
  readonly drawn: number;
}

const nameOf = (legend: string, metric: Series['metric']): string => {
  const filled = legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, label: string) => metric[label] ?? '');
  if (filled !== '' && !filled.startsWith('__')) return filled;
  return Object.values(metric).join(', ');
};

const answered = async (prometheus: Prometheus, panel: Panel, seconds: number): Promise<AnsweredPanel> => {
  const found = [];
  for (const { expr, legendFormat = '' } of panel.targets ?? []) {
    const series = await prometheus.range(filledIn(expr, '1m'), seconds, Math.max(1, Math.round(seconds / 150)));
    for (const { metric, points } of series) found.push({ name: nameOf(legendFormat, metric), points });
  }
  return { panel, series: found };
};

const hasFigure = ({ series }: AnsweredPanel): boolean =>
  series.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));

/** One grid unit of Grafana, in pixels. */
const [unitWidth, unitHeight] = [50, 32];

const style = `
  body { margin: 0; background: #fff; font: 12px system-ui, sans-serif; color: #1f2430; position: relative; width: 1200px }
  section { position: absolute; box-sizing: border-box; padding: 3px }
  section > div { border: 1px solid #d5d9e0; border-radius: 4px; height: 100%; box-sizing: border-box; padding: 6px; overflow: hidden }
  h1 { font-size: 15px; margin: 0; padding: 8px 4px } h2 { font-size: 12px; margin: 0 0 2px; font-weight: 600 }
  .row { font-size: 13px; font-weight: 700; padding: 8px 6px } .figure { font-size: 22px; text-align: center; padding-top: 12px }
  .figure small { font-size: 11px; color: #5a6270 } .legend { font-size: 10px; color: #333; line-height: 12px }
  .legend i { display: inline-block; width: 8px; height: 8px; margin: 0 3px 0 8px } .state { display: flex; height: 14px; margin: 2px 0 }
  .state span { width: 130px; font-size: 10px } .state b { flex: 1 }`;

/** Runs in the page. Plain JavaScript, so that it needs nothing of the test's realm. */
const draw = `(panels) => {
  const colours = ['#2f6fd0', '#d9822b', '#2b8a57', '#b3372f', '#7a4fb5', '#00838f', '#8d6e63', '#c2185b', '#607d8b', '#9e9d24'];
  const show = (unit, value) => {
    if (value === null || !Number.isFinite(value)) return '–';
    if (unit === 'percentunit') return (value * 100).toFixed(2) + ' %';
    if (unit === 's') return value < 1 ? (value * 1000).toFixed(1) + ' ms' : value.toFixed(1) + ' s';
    if (unit === 'bytes') return (value / 1048576).toFixed(0) + ' MiB';
    return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
  };
  const shades = { green: '#2b8a57', red: '#b3372f', orange: '#d9822b' };
  let drawn = 0;
  const add = (parent, tag, text, name) => {
    const element = parent.appendChild(document.createElement(tag));
    if (text) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  for (const { title, type, unit, box, series, states } of panels) {
    const section = add(document.body, 'section');
    Object.assign(section.style, { left: box.x + 'px', top: box.y + 'px', width: box.w + 'px', height: box.h + 'px' });
    if (type === 'row') { add(section, 'span', title, 'row'); section.style.padding = '8px 6px'; continue; }
    const card = add(section, 'div');
    add(card, 'h2', title);
    const known = series.filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
    if (known.length === 0) { add(card, 'p', 'no data'); continue; }
    if (type === 'stat') {
      for (const { name, points } of known) {
        const figure = add(card, 'div', show(unit, points.findLast(([, value]) => Number.isFinite(value))[1]), 'figure');
        if (name) add(figure, 'small', ' ' + name);
      }
    } else if (type === 'state-timeline') {
      for (const { name, points } of known) {
        const line = add(card, 'div', '', 'state');
        add(line, 'span', name);
        for (const [, value] of points) add(line, 'b').style.background = shades[states[value]?.color] ?? '#c8cdd6';
      }
    } else {
      const times = [...new Set(known.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b);
      const rows = known.map(({ points }) => {
        const at = new Map(points);
        return times.map((time) => (Number.isFinite(at.get(time)) ? at.get(time) : null));
      });
      const axis = { font: '10px system-ui', labelFont: '10px system-ui', grid: { stroke: '#eceff3' } };
      const plot = new uPlot({
        width: box.w - 22, height: box.h - 62, legend: { show: false }, cursor: { show: false },
        scales: { y: { range: (_u, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
        axes: [axis, { ...axis, size: 62, values: (_u, ticks) => ticks.map((tick) => show(unit, tick)) }],
        series: [{}, ...known.map(({ name }, index) => ({ label: name, stroke: colours[index % colours.length], width: 1.5, points: { show: times.length < 3 } }))],
      }, [times, ...rows], card);
      if (plot.root.querySelector('canvas') === null) continue;
      // Single points between gaps make no curve.
      const isCurve = (row) => row.some((value, index) => index > 0 && value !== null && row[index - 1] !== null);
      if (times.length >= 3 && !rows.some(isCurve)) continue;
      const legend = add(card, 'div', '', 'legend');
      known.forEach(({ name }, index) => {
        add(legend, 'i').style.background = colours[index % colours.length];
        add(legend, 'span', name || title);
      });
    }
    drawn += 1;
  }
  document.body.style.height = Math.max(...panels.map(({ box }) => box.y + box.h)) + 8 + 'px';
  return drawn;
}`;

/**
 * Asks Prometheus every query of a dashboard for the last `seconds`, draws each panel where Grafana would, and keeps the
 * picture in `.data/dashboard-pictures`.
 */
export const drawDashboard = async (
  browser: Browser,
  prometheus: Prometheus,
  { file, title, panels }: Dashboard,
  seconds: number,
): Promise<DrawnDashboard> => {
  const answers: AnsweredPanel[] = [];
  for (const panel of panels) answers.push(await answered(prometheus, panel, seconds));
  const asked = answers.filter(({ panel }) => (panel.targets ?? []).length > 0);
  const uplot = join(require.resolve('uplot/package.json'), '..', 'dist');
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  try {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const css = readFileSync(join(uplot, 'uPlot.min.css'), 'utf8');
    await page.setContent(`<!doctype html><title>${title}</title><style>${css}${style}</style><h1>${title}</h1>`);
    await page.addScriptTag({ path: join(uplot, 'uPlot.iife.min.js') });
    const shown = answers.map(({ panel: { title: name, type, fieldConfig, gridPos }, series }) => ({
      ...{ title: name, type, series, unit: fieldConfig?.defaults.unit ?? '' },
      states: fieldConfig?.defaults.mappings?.[0]?.options ?? {},
      box: {
        ...{ x: gridPos.x * unitWidth, w: gridPos.w * unitWidth },
        ...{ y: gridPos.y * unitHeight + 34, h: gridPos.h * unitHeight },
      },
    }));
    const drawn = await page.evaluate<number>(`(${draw})(${JSON.stringify(shown)})`);
    const folder = join(projectRoot, '.data', 'dashboard-pictures');
    mkdirSync(folder, { recursive: true });
    const picture = join(folder, file.replace('.json', '.png'));
    await page.screenshot({ path: picture, fullPage: true });
    const empty = asked.filter((one) => !hasFigure(one)).map(({ panel }) => panel.title);
    return { picture, panels: asked.length, empty, complaints, drawn };
  } finally {
    await page.close();
  }
};
