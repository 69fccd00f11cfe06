/** Limits of one batch. A save larger than `maxBytes` makes a batch of its own. */
export interface BatchLimits<Save> {
  readonly maxSaves: number;
  readonly maxBytes: number;
  readonly bytesOf: (save: Save) => number;
  /** How many batches are passed to `commit` before the first of them is committed. Default: 1. */
  readonly maxBatches?: number;
  /** A batch of this many saves does not wait for other saves of the same turn. Default: all wait. */
  readonly fullAt?: number;
}

/** Commits saves in the order given, after those of earlier calls. Resolves to one outcome per save, in the same order. */
export type CommitBatch<Save, Result> = (
  batch: readonly Save[],
) => Promise<readonly PromiseSettledResult<Result>[]>;

interface PendingSave<Save, Result> {
  readonly save: Save;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commits concurrent saves of one process together (R12). While as many batches as allowed are being committed, further
 * saves make the next batch. Each save succeeds or fails alone, unless `commit` rejects: then every save of the batch
 * fails.
 */
export class GroupCommit<Save, Result> {
  readonly #commit: CommitBatch<Save, Result>;
  readonly #limits: BatchLimits<Save>;
  readonly #maxBatches: number;
  readonly #fullAt: number;
  readonly #committing = new Set<Promise<void>>();
  #queue: PendingSave<Save, Result>[] = [];
  #isScheduled = false;

  constructor(commit: CommitBatch<Save, Result>, limits: BatchLimits<Save>) {
    this.#commit = commit;
    this.#limits = limits;
    this.#maxBatches = limits.maxBatches ?? 1;
    this.#fullAt = limits.fullAt ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves to the result of this save. Commits in this turn of the event loop if no batch is being committed. */
  submit(save: Save): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ save, resolve, reject });
      if (this.#queue.length >= this.#fullAt) this.#startBatches();
      else this.#schedule();
    });
  }

  /** Resolves when every save submitted so far has succeeded or failed. */
  async drain(): Promise<void> {
    while (this.#isScheduled || this.#committing.size > 0) {
      if (this.#committing.size === 0) await endOfTurn();
      else await Promise.all(this.#committing);
    }
  }

  /** Starts batches at the end of this turn: saves submitted together, or right after a batch, belong in one batch. */
  #schedule(): void {
    if (this.#isScheduled || this.#committing.size >= this.#maxBatches) return;
    this.#isScheduled = true;
    void endOfTurn().then(() => {
      this.#isScheduled = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    while (this.#queue.length > 0 && this.#committing.size < this.#maxBatches) {
      const committing = this.#commitBatch(this.#takeBatch()).then(() => {
        this.#committing.delete(committing);
        if (this.#queue.length > 0) this.#schedule();
      });
      this.#committing.add(committing);
    }
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
