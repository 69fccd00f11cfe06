/** Stores a run in `docs/benchmarks`: its figures as JSON, its charts as SVG, and a page that shows both. */
import { mkdir, writeFile } from "node:fs/promises";
import { barChart, lineChart } from "./chart.ts";
import type { Measurement, Report } from "./measurement.ts";
import { suiteTable } from "./suite-table.ts";
import { suites } from "./suites/index.ts";

const FOLDER = new URL("../docs/benchmarks/", import.meta.url);

export async function saveReport(report: Report): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(new URL(`${report.scale}.json`, FOLDER), `${JSON.stringify(report, null, 1)}\n`);
  const sections: string[] = [];
  for (const { name, title, note } of suites) {
    const measurements = report.suites[name];
    if (measurements === undefined) continue;
    const file = `${report.scale}-${name}.svg`;
    await writeFile(new URL(file, FOLDER), chartOf(title, measurements));
    sections.push(
      `## ${title}\n\n${note}\n\n![${title}](${file})\n\n${suiteTable(measurements, report.scale)}\n`,
    );
  }
  await writeFile(new URL(`${report.scale}.md`, FOLDER), pageOf(report, sections));
}

function chartOf(title: string, measurements: readonly Measurement[]): string {
  return measurements.some(({ at }) => at !== undefined)
    ? lineChart(title, measurements)
    : barChart(title, measurements);
}

function pageOf({ date, commit, machine, scale }: Report, sections: readonly string[]): string {
  const command = scale === "large" ? "npm run bench:large -- --save" : "npm run bench -- --save";
  return `# Benchmarks

\`${command}\` wrote this page on ${date}, at commit ${commit}. [How to read and repeat it](../../bench/README.md).

\`\`\`
${machine}
\`\`\`

${sections.join("\n")}`;
}
