import type { Measurement, Scale } from "./measurement.ts";
import { spread, table } from "./table.ts";

/** Returns the measurements of a suite as a Markdown table. A quick run shows only ratios. */
export function suiteTable(measurements: readonly Measurement[], scale: Scale): string {
  const shown = scale === "quick" ? measurements.filter(({ ratio }) => ratio !== undefined) : measurements;
  let last = "";
  const rows = shown.map(({ work, contender, unit, value, ratio }) => {
    const first = work === last ? "" : work;
    last = work;
    return {
      work: first,
      contender,
      value: `${spread(value)} ${unit}`,
      ratio: ratio === undefined ? "" : percentOf(ratio.value),
      of: ratio === undefined ? "" : ratio.to,
      aim: ratio?.aim === undefined ? "" : percentOf(ratio.aim),
    };
  });
  return scale === "quick"
    ? table(
        ["work", "contender", "ratio", "of", "aim"],
        rows.map(({ work, contender, ratio, of, aim }) => [work, contender, ratio, of, aim]),
      )
    : table(
        ["work", "contender", "median (quartiles)", "ratio", "of", "aim"],
        rows.map(({ work, contender, value, ratio, of, aim }) => [work, contender, value, ratio, of, aim]),
      );
}

/** Returns a ratio such as `63 %` or `2.1 ×`. */
export function percentOf(ratio: number): string {
  return ratio < 2
    ? `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`
    : `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;
}
