/**
 * Runs suites of benchmarks and prints their tables. Arguments: `--quick` or `--large`, `--save` to store the results
 * and their charts in `docs/benchmarks`, and names of suites (default: all).
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { machine } from "./machine.ts";
import type { Measurement, Report, Scale, Suite } from "./measurement.ts";
import { compareWithCommitted, saveRatios } from "./ratios.ts";
import { saveReport } from "./report.ts";
import { suiteTable } from "./suite-table.ts";
import { suites } from "./suites/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, large: { type: "boolean" }, save: { type: "boolean" } },
});
const scale: Scale = values.quick ? "quick" : values.large ? "large" : "standard";

function chosenSuites(): readonly Suite[] {
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const names = suites.map(({ name }) => name).join(", ");
    throw new Error(`There is no suite ${unknown.join(", ")}. The suites are ${names}.`);
  }
  const chosen = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return scale === "quick" ? chosen.filter(({ quick }) => quick === true) : chosen;
}

function commit(): string {
  return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
}

const description = machine();
console.log(description);
const measured: Record<string, readonly Measurement[]> = {};
for (const suite of chosenSuites()) {
  const start = performance.now();
  const measurements = await suite.run(scale);
  measured[suite.name] = measurements;
  console.log(`\n## ${suite.title}\n\n${suiteTable(measurements, scale)}`);
  console.log(`\n(${Math.round((performance.now() - start) / 1_000)} s)`);
}
if (scale === "quick") {
  if (values.save) await saveRatios(measured);
  else process.exitCode = (await compareWithCommitted(measured)) ? 0 : 1;
} else if (values.save) {
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: description,
    scale,
    suites: measured,
  };
  await saveReport(report);
}
