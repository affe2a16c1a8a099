import { useEffect, useRef, useState } from 'preact/hooks';
import type { Axis, Options } from 'uplot';

const height = 180;
const width = (place: HTMLElement): number => Math.max(220, place.clientWidth);
const darkness = matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark: what is on a canvas does not change its colours by itself. */
const useDarkness = (): boolean => {
  const [isDark, setDark] = useState(darkness.matches);
  useEffect(() => {
    const look = (): void => setDark(darkness.matches);
    darkness.addEventListener('change', look);
    return () => darkness.removeEventListener('change', look);
  }, []);
  return isDark;
};

const numbers = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 2 });

const optionsOf = (place: HTMLElement, label: string, unit: string): Options => {
  const style = getComputedStyle(place);
  const [ink, line] = [style.getPropertyValue('color'), style.getPropertyValue('accent-color')];
  const axis: Axis = { stroke: ink, grid: { stroke: style.borderTopColor, width: 1 }, ticks: { show: false } };
  const values: Axis.Values = (_plot, splits) => splits.map((value) => numbers.format(value));
  return {
    width: width(place),
    height,
    legend: { show: false },
    cursor: { y: false },
    // From zero: a line that begins elsewhere looks as if it said more.
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [
      { ...axis, label: 'day (UTC)', labelSize: 20 },
      { ...axis, label: unit, size: 56, labelSize: 20, values, ...(unit === 'orders' ? { incrs: wholeSteps } : {}) },
    ],
    series: [{}, { label, stroke: line, width: 2, fill: `color-mix(in srgb, ${line} 12%, transparent)` }],
    tzDate: (seconds) => new Date((seconds + new Date(seconds * 1_000).getTimezoneOffset() * 60) * 1_000),
  };
};

/** There are no half orders. */
const wholeSteps = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power))
  .sort((a, b) => a - b);

/** A line over time, with the unit at its axis. What it shows is in the table too. */
export const Chart = ({
  label,
  unit,
  times,
  values,
}: {
  label: string;
  unit: string;
  times: readonly number[];
  values: readonly number[];
}) => {
  const ref = useRef<HTMLDivElement>(null);
  const isDark = useDarkness();
  useEffect(() => {
    const place = ref.current;
    if (place === null) return undefined;
    let end = (): void => undefined;
    let isGone = false;
    void import('uplot').then(({ default: Plot }) => {
      if (isGone) return;
      const plot = new Plot(optionsOf(place, label, unit), [[...times], [...values]], place);
      const observer = new ResizeObserver(() => plot.setSize({ width: width(place), height }));
      observer.observe(place);
      end = () => {
        observer.disconnect();
        plot.destroy();
      };
    });
    return () => {
      isGone = true;
      end();
    };
  }, [label, unit, times, values, isDark]);
  return <div class="chart" ref={ref} role="img" aria-label={`${label} over time; the table below has the values`} />;
};
