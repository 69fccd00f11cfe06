/** How much one batch may hold. A save larger than `maxBytes` still goes, alone. */
export interface BatchLimits<Save> {
  readonly maxSaves: number;
  readonly maxBytes: number;
  readonly bytesOf: (save: Save) => number;
}

/** Takes a batch in the order of the calls and resolves to one outcome per save, in the same order. */
export type CommitBatch<Save, Result> = (
  batch: readonly Save[],
) => Promise<readonly PromiseSettledResult<Result>[]>;

interface PendingSave<Save, Result> {
  readonly save: Save;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commits the saves of one process together (R12): one batch is in flight, and what arrives meanwhile makes the
 * next one. Each save succeeds or fails alone; when `commit` itself rejects, every save of that batch does.
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

  /** Resolves to the save's own result. A save that finds nothing in flight is committed at once. */
  submit(save: Save): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ save, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when every save submitted so far has ended, well or badly. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // Saves that are called together, or in answer to the last batch, belong in one batch.
      await endOfTurn();
      await this.#settle(this.#takeBatch());
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

  async #settle(batch: readonly PendingSave<Save, Result>[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ save }) => save));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome?.status === "fulfilled") resolve(outcome.value);
        else reject(outcome?.reason ?? new Error("The commit gave this save no outcome."));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Resolves when the work that is ready to run has run: no timer, and no input or output in between. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    // A tick that is asked for in a microtask comes after all microtasks.
    queueMicrotask(() => process.nextTick(resolve));
  });
}
