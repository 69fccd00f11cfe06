import { type ClientConfig, DatabaseError } from "pg";
import type { Way } from "./connection-string.ts";
import { mayConcernTls } from "./failure.ts";

/** invalid_authorization_specification, as when pg_hba.conf has no line for such a connection. */
const NOT_LET_IN = "28000";

/** A way that was taken, and what came of it. */
export interface FailedAttempt {
  readonly way: number;
  readonly error: unknown;
}

/** The ways to connect, and which of them is taken. */
export class Route {
  readonly #ways: readonly Way[];
  #taken = 0;

  constructor(ways: readonly Way[]) {
    this.#ways = ways;
  }

  get length(): number {
    return this.#ways.length;
  }

  /** The place of the way that is taken. */
  get taken(): number {
    return this.#taken;
  }

  configOf(way: number): ClientConfig | undefined {
    return this.#ways[way]?.config;
  }

  /**
   * Takes the way after `failed`, of which `error` came: that of the next host, unless the same one may take a
   * connection with other TLS, or with none. Returns how many ways were left behind.
   */
  leave(failed: number, error: unknown): number {
    const step = mayConcernTls(error) ? 1 : this.#nextHost(failed) - failed;
    // Others may have gone on already.
    if (this.#taken === failed) this.#taken = (failed + step) % this.#ways.length;
    return step;
  }

  /**
   * Returns one error for a round of attempts. Of a host that was asked with TLS and without, it says what it answered,
   * and not that one of the two had to fail.
   */
  failureOf(attempts: readonly FailedAttempt[]): unknown {
    const errors = attempts
      .filter((attempt) => !attempts.some((other) => this.#tellsMore(other, attempt)))
      .map(({ error }) => error);
    if (errors.length === 1) return errors[0];
    return new AggregateError(errors, [...new Set(errors.map(messageOf))].join("; "));
  }

  #tellsMore(other: FailedAttempt, than: FailedAttempt): boolean {
    if (other.way === than.way || this.#ways[other.way]?.host !== this.#ways[than.way]?.host) return false;
    if (hasNoTls(than.error)) return true;
    // A server that lets nobody in this way says more about the wrong password that came the other way.
    const isReason = other.error instanceof DatabaseError && other.error.code !== NOT_LET_IN;
    if (than.error instanceof DatabaseError) return isReason && than.error.code === NOT_LET_IN;
    return isReason && mayConcernTls(than.error);
  }

  #nextHost(way: number): number {
    const next = this.#ways.findIndex(({ host }, index) => index > way && host !== this.#ways[way]?.host);
    return next === -1 ? this.#ways.length : next;
  }
}

function hasNoTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
