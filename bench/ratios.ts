/** The ratios of a quick run, and those that are committed. */
import { readFile, writeFile } from "node:fs/promises";
import type { Measurement } from "./measurement.ts";
import { percentOf } from "./suite-table.ts";

const FILE = new URL("./quick-ratios.json", import.meta.url);
/** A ratio that is lower than this share of the committed one has fallen. */
const FALLEN = 0.7;

type Ratios = Readonly<Record<string, number>>;

function ratiosOf(suites: Readonly<Record<string, readonly Measurement[]>>): Ratios {
  const entries = Object.entries(suites).flatMap(([suite, measurements]) =>
    measurements.flatMap(({ work, contender, ratio }) =>
      ratio === undefined ? [] : [[`${suite}: ${work}: ${contender} of ${ratio.to}`, ratio.value] as const],
    ),
  );
  return Object.fromEntries(entries);
}

/** Stores the ratios, to be committed. */
export async function saveRatios(suites: Readonly<Record<string, readonly Measurement[]>>): Promise<void> {
  const rounded = Object.entries(ratiosOf(suites)).map(([name, ratio]) => [
    name,
    Number(ratio.toPrecision(3)),
  ]);
  await writeFile(FILE, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
}

/** Prints the ratios that fell by more than 30 % from the committed ones, and resolves to whether none did. */
export async function compareWithCommitted(
  suites: Readonly<Record<string, readonly Measurement[]>>,
): Promise<boolean> {
  const text = await readFile(FILE, "utf8").catch(() => undefined);
  if (text === undefined) {
    console.log(
      "\nNo ratios are committed yet. Run with --quick --save on an idle machine, and commit the file.",
    );
    return false;
  }
  const committed = JSON.parse(text) as Ratios;
  const fallen = Object.entries(ratiosOf(suites)).flatMap(([name, ratio]) => {
    const before = committed[name];
    return before === undefined || ratio >= FALLEN * before ? [] : [{ name, ratio, before }];
  });
  for (const { name, ratio, before } of fallen) {
    console.log(`Fell: ${name} is ${percentOf(ratio)}; it was ${percentOf(before)}.`);
  }
  if (fallen.length === 0) console.log("\nNo ratio fell by more than 30 % from the committed ones.");
  return fallen.length === 0;
}
