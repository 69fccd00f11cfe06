/** Charts as SVG, legible on a light and on a dark background. */
import type { Measurement } from "./measurement.ts";
import { percentOf } from "./suite-table.ts";
import { number } from "./table.ts";

const WIDTH = 760;
const LABELS = 300;
const ROW = 20;
const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .figure { fill: #59636e }
  .ours { fill: #0b6e4f } .other { fill: #8c959f } .aim { stroke: #cf222e; stroke-width: 2 }
  .axis { stroke: #8c959f } polyline { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .figure { fill: #9198a1 } .ours { fill: #3fb98a } .other { fill: #656c76 }
  }
</style>`;
const COLOURS = ["#0b6e4f", "#cf222e", "#0969da", "#9a6700", "#8250df", "#bf3989", "#59636e", "#1a7f37"];

function svg(height: number, title: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeText(title)}">
${STYLE}
<text class="title" x="0" y="16">${escapeText(title)}</text>
${content}
</svg>
`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/**
 * Draws a bar for each measurement, as long as its share of the highest value of the same work and unit. A red line
 * marks an aim.
 */
export function barChart(title: string, measurements: readonly Measurement[]): string {
  const parts: string[] = [];
  let y = 30;
  let last = "";
  const scale = WIDTH - LABELS - 150;
  for (const measurement of measurements) {
    const { work, contender, unit, value, ratio } = measurement;
    if (work !== last) {
      y += 10;
      parts.push(`<text x="0" y="${y + 13}">${escapeText(work)}</text>`);
      y += ROW;
      last = work;
    }
    const alike = measurements.filter((other) => other.work === work && other.unit === unit);
    const highest = Math.max(...alike.map((other) => other.value.median), Number.MIN_VALUE);
    const length = Math.max(1, (value.median / highest) * scale);
    const reference = alike.find((other) => other.contender === ratio?.to);
    const aim =
      ratio?.aim === undefined || reference === undefined
        ? ""
        : lineAt(LABELS + (Math.min(highest, ratio.aim * reference.value.median) / highest) * scale, y);
    const share = ratio === undefined ? "" : `, ${percentOf(ratio.value)}`;
    parts.push(
      `<text class="figure" x="12" y="${y + 13}">${escapeText(contender)}</text>`,
      `<rect class="${ratio === undefined ? "other" : "ours"}" x="${LABELS}" y="${y + 3}" width="${length.toFixed(1)}" height="${ROW - 7}"/>`,
      aim,
      `<text class="figure" x="${(LABELS + length + 6).toFixed(1)}" y="${y + 13}">${number(value.median)} ${unit}${share}</text>`,
    );
    y += ROW;
  }
  return svg(y + 10, title, parts.join("\n"));
}

function lineAt(x: number, y: number): string {
  return `<line class="aim" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${y}" y2="${y + ROW - 1}"/>`;
}

/** Draws each contender of each work as a line over the axis of the measurements, which is logarithmic. */
export function lineChart(title: string, measurements: readonly Measurement[]): string {
  const points = measurements.flatMap((measurement) =>
    measurement.at === undefined ? [] : [{ ...measurement, x: measurement.at.value }],
  );
  const series = new Map<string, (typeof points)[number][]>();
  for (const point of points) {
    const name = `${point.work}, ${point.contender}`;
    series.set(name, [...(series.get(name) ?? []), point]);
  }
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ value }) => value.median)];
  const [left, right, top, bottom] = [60, WIDTH - LABELS, 40, 360];
  const across = scaleOf(Math.min(...xs), Math.max(...xs), left, right);
  const up = scaleOf(Math.min(...ys), Math.max(...ys), bottom, top);
  const parts = [
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    `<line class="axis" x1="${left}" x2="${left}" y1="${top}" y2="${bottom}"/>`,
    ...[...new Set(xs)].map(
      (x) =>
        `<text class="figure" x="${across(x).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${x.toLocaleString("en-GB")}</text>`,
    ),
    ...[Math.min(...ys), Math.max(...ys)].map(
      (y) =>
        `<text class="figure" x="${left - 6}" y="${up(y).toFixed(1)}" text-anchor="end">${number(y)}</text>`,
    ),
    `<text class="figure" x="${right}" y="${bottom + 34}" text-anchor="end">${escapeText(points[0]?.at?.axis ?? "")}</text>`,
    `<text class="figure" x="0" y="${top - 8}">${points[0]?.unit ?? ""}</text>`,
  ];
  [...series].forEach(([name, line], index) => {
    const colour = COLOURS[index % COLOURS.length] ?? "";
    const path = line
      .map(({ x, value }) => `${across(x).toFixed(1)},${up(value.median).toFixed(1)}`)
      .join(" ");
    const y = top + index * 16;
    parts.push(
      `<polyline points="${path}" stroke="${colour}"/>`,
      `<rect x="${right + 20}" y="${y - 9}" width="10" height="10" fill="${colour}"/>`,
      `<text x="${right + 36}" y="${y}">${escapeText(name)}</text>`,
    );
  });
  return svg(Math.max(bottom + 50, top + series.size * 16 + 20), title, parts.join("\n"));
}

/** Returns a logarithmic scale from the range of values to the range of coordinates. */
function scaleOf(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = Math.log(high) - Math.log(low) || 1;
  return (value) => from + ((Math.log(value) - Math.log(low)) / span) * (to - from);
}
