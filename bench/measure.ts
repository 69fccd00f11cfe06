/** Something to be measured: `round` does a piece of work and resolves to how many things were done in it. */
export interface Contender {
  readonly name: string;
  /** Done before each round, and not measured. */
  readonly before?: () => Promise<void> | void;
  readonly round: () => Promise<number> | number;
}

/** Seconds that one thing took, in each round. */
export interface Measured {
  readonly name: string;
  readonly seconds: readonly number[];
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds before those that count (2). */
  readonly warmups?: number;
}

/**
 * Measures the contenders in turns, a round of each at a time, so that whatever else the machine does meets all of
 * them. Each round begins with another one, so that none always comes after the same neighbour's mess.
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

/** The value in the middle, and the quarters below and above it. */
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

/** Things done in a second. */
export function rateOf({ seconds }: Measured): Spread {
  return spreadOf(seconds.map((each) => 1 / each));
}

/** How many times as long `measured` took as `reference` did, each round compared with the same round. */
export function timesAsLong(measured: Measured, reference: Measured): Spread {
  return spreadOf(measured.seconds.map((each, round) => each / (reference.seconds[round] ?? Number.NaN)));
}

/** How fast `measured` was as a part of `reference`, each round compared with the same round. */
export function timesAsFast(measured: Measured, reference: Measured): Spread {
  return timesAsLong(reference, measured);
}
