import { ProgrammingError } from "../errors.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import { type PipeRunner, pipeRunners } from "./pipe-runners.ts";
import type { ApplicationClasses, ApplicationsOf, System } from "./system.ts";

/**
 * Runs a system one event after another, and only while `run` is called. The order depends on nothing but the
 * declaration and the events, so that tests can rely on it.
 *
 * ```ts
 * const recorder = memoryRecorder();
 * const orders = new Orders({ recorder });
 * const runner = new SequentialSystemRunner(shopping, {
 *   applications: { orders, reservations: new Reservations({ recorder }), payments: new Payments({ recorder }) },
 * });
 * const id = await orders.place(items);
 * await runner.run();
 * expect((await orders.get(id)).isPaid).toBe(true);
 * ```
 */
export class SequentialSystemRunner<Classes extends ApplicationClasses> {
  readonly #pipes: readonly PipeRunner[];

  /** @throws ProgrammingError for applications that are missing, or that cannot follow each other */
  constructor(
    system: System<Classes>,
    options: {
      /** The applications by name. They may share a recorder, and stay open. */
      readonly applications: ApplicationsOf<Classes>;
    },
  ) {
    this.#pipes = pipeRunners(system, options.applications);
  }

  /**
   * Processes events until none is left, consequences included: all of the first pipe, then of the next one, and so on
   * again. Resolves to how many events were processed.
   * @throws the error of the first event that fails; the next call begins with it
   * @throws ProgrammingError after `maxEvents`
   */
  async run({
    maxEvents = 10_000,
  }: {
    /** The number of events after which a system counts as endless. Default: 10,000. */
    readonly maxEvents?: number;
  } = {}): Promise<number> {
    requireFromOne("maxEvents", maxEvents);
    let total = 0;
    for (;;) {
      const before = total;
      for (const { runner } of this.#pipes) {
        total += await runner.catchUp({ maxEvents: maxEvents + 1 - total });
        if (total > maxEvents)
          throw new ProgrammingError(
            `The system has processed more than ${maxEvents} events. If they do not cause each other for ever, raise maxEvents.`,
          );
      }
      if (total === before) return total;
    }
  }
}
