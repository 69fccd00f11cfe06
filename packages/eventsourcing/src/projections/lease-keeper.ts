import { LeaseLostError } from "./view-errors.ts";
import type { Lease, ViewStore } from "./view-store.ts";

/** Acquires the lease of one projection, and renews it until it is released or lost. */
export class LeaseKeeper {
  readonly #lease: Lease;
  readonly #store: Pick<ViewStore<never>, "acquireLease" | "releaseLease">;
  readonly #ttlMs: number;
  #isHeld = false;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;

  constructor(store: Pick<ViewStore<never>, "acquireLease" | "releaseLease">, lease: Lease, ttlMs: number) {
    this.#store = store;
    this.#ttlMs = ttlMs;
    this.#lease = lease;
  }

  /** @throws LeaseLostError once it is released or lost, so that a batch under way is not written */
  get lease(): Lease {
    if (!this.#isHeld) throw new LeaseLostError(this.#lease.name);
    return this.#lease;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Resolves to false while another process holds the lease. */
  async acquire(): Promise<boolean> {
    this.#isHeld = await this.#store.acquireLease(this.#lease, this.#ttlMs);
    // By a timer rather than between batches, so that a long batch does not lose the lease.
    if (this.#isHeld) this.#timer ??= setInterval(() => this.#renew(), this.#ttlMs / 3).unref();
    return this.#isHeld;
  }

  lose(): void {
    this.#isHeld = false;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ignores a database that fails, because the lease expires. */
  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.lose();
    // A renewal that arrived after the release would acquire the lease again.
    await this.#renewing;
    await this.#store.releaseLease(this.#lease).catch(() => {});
  }

  #renew(): void {
    this.#renewing ??= this.#store
      .acquireLease(this.#lease, this.#ttlMs)
      // The follower notices a failing database by its own queries.
      .catch(() => true)
      .then((isHeld) => {
        this.#renewing = undefined;
        if (!isHeld) this.lose();
      });
  }
}
