/** Comparisons of contenders in one run. */
import { type Contender, interleaved, type Measured, type Rounds, rateOf, timesAsFast } from "./measure.ts";
import type { Measurement } from "./measurement.ts";

export interface Limit {
  /** The contender that the others are compared with. Default: the first. */
  readonly to?: string;
  /** The aim for the ratio of a contender, by its name. */
  readonly aims?: Readonly<Record<string, number>>;
}

/** Measures the contenders in turns, and compares their rates with that of one of them. */
export async function compare(
  work: string,
  contenders: readonly Contender[],
  { to = contenders[0]?.name ?? "", aims = {}, ...rounds }: Limit & Rounds,
): Promise<Measurement[]> {
  return ratesOf(work, await interleaved(contenders, rounds), { to, aims });
}

/** Returns the rates of contenders, and their ratios to that of `to`. */
export function ratesOf(
  work: string,
  measured: readonly Measured[],
  { to = measured[0]?.name ?? "", aims = {} }: Limit,
): Measurement[] {
  const reference = measured.find(({ name }) => name === to);
  return measured.map((each): Measurement => {
    const aim = aims[each.name];
    return {
      work,
      contender: each.name,
      unit: "per second",
      value: rateOf(each),
      ...(reference === undefined || each === reference
        ? {}
        : {
            ratio: {
              to,
              value: timesAsFast(each, reference).median,
              ...(aim === undefined ? {} : { aim }),
            },
          }),
    };
  });
}
