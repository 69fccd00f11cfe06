/** Limits of one batch. A save larger than `maxBytes` makes a batch of its own. */
export interface BatchLimits<Save> {
  readonly maxSaves: number;
  readonly maxBytes: number;
  readonly bytesOf: (save: Save) => number;
}

/** Commits saves in the order given. Resolves to one outcome per save, in the same order. */
export type CommitBatch<Save, Result> = (
  batch: readonly Save[],
) => Promise<readonly PromiseSettledResult<Result>[]>;

interface PendingSave<Save, Result> {
  readonly save: Save;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commits concurrent saves of one process together (R12). While one batch is being committed, further saves make the
 * next batch. Each save succeeds or fails alone, unless `commit` rejects: then every save of the batch fails.
 */
export class GroupCommit<Save, Result> {
  readonly #commit: CommitBatch<Save, Result>;
  readonly #limits: BatchLimits<Save>;
  #queue: PendingSave<Save, Result>[] = [];
  #running: Promise<void> | undefined;

  constructor(commit: CommitBatch<Save, Result>, limits: BatchLimits<Save>) {
    this.#commit = commit;
    this.#limits = limits;
  }

  /** Resolves to the result of this save. Commits at once if no batch is being committed. */
  submit(save: Save): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ save, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when every save submitted so far has succeeded or failed. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // Saves submitted together, or right after the last batch, belong in one batch.
      await endOfTurn();
      await this.#commitBatch(this.#takeBatch());
    }
    this.#running = undefined;
  }

  #takeBatch(): PendingSave<Save, Result>[] {
    const { maxSaves, maxBytes, bytesOf } = this.#limits;
    let count = 0;
    let bytes = 0;
    for (const { save } of this.#queue) {
      bytes += bytesOf(save);
      if (count === maxSaves || (count > 0 && bytes > maxBytes)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commitBatch(batch: readonly PendingSave<Save, Result>[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ save }) => save));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome?.status === "fulfilled") resolve(outcome.value);
        else reject(outcome?.reason ?? new Error(`${outcomes.length} outcomes for ${batch.length} saves.`));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Resolves after all microtasks, and before timers and I/O. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    // `nextTick` alone would run before the microtasks that are queued by then.
    queueMicrotask(() => process.nextTick(resolve));
  });
}
