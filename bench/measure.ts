/** Work to measure. `round` does some of it and returns how many units it did. */
export interface Contender {
  readonly name: string;
  /** Runs before each round and is not measured. */
  readonly before?: () => Promise<void> | void;
  readonly round: () => Promise<number> | number;
}

/** The seconds per unit in each round. */
export interface Measured {
  readonly name: string;
  readonly seconds: readonly number[];
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds that are not counted, before the others. Default: 2. */
  readonly warmups?: number;
}

/**
 * Measures one round of each contender in turns, so that other load on the machine affects all of them. Each series
 * starts with the next contender, so that effects of the one before are spread.
 */
export async function interleaved(
  contenders: readonly Contender[],
  { rounds, warmups = 2 }: Rounds,
): Promise<Measured[]> {
  const seconds = contenders.map((): number[] => []);
  for (let round = 0; round < warmups + rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (round + turn) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const each = await secondsEach(contender);
      if (round >= warmups) seconds[index]?.push(each);
    }
  }
  return contenders.map(({ name }, index) => ({ name, seconds: seconds[index] ?? [] }));
}

async function secondsEach({ before, round }: Contender): Promise<number> {
  await before?.();
  const start = performance.now();
  const done = await round();
  return (performance.now() - start) / 1_000 / done;
}

/** The median and the quartiles. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN;
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Returns units per second. */
export function rateOf({ seconds }: Measured): Spread {
  return spreadOf(seconds.map((each) => 1 / each));
}

/** Returns the rate of `measured` in multiples of that of `reference`, round by round. */
export function timesAsFast(measured: Measured, reference: Measured): Spread {
  return spreadOf(reference.seconds.map((each, round) => each / (measured.seconds[round] ?? Number.NaN)));
}
