import { type ClientConfig, DatabaseError } from "pg";
import { messageOf } from "../errors.ts";
import type { Endpoint } from "./connection-string.ts";
import { mayConcernTls } from "./failure.ts";

/** invalid_authorization_specification: pg_hba.conf has no line for such a connection. */
const NO_HBA_ENTRY = "28000";

export interface FailedAttempt {
  readonly endpoint: number;
  readonly error: unknown;
}

/** The endpoints of a connection string, identified by index. One of them is current. */
export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  #current = 0;

  constructor(endpoints: readonly Endpoint[]) {
    this.#endpoints = endpoints;
  }

  get length(): number {
    return this.#endpoints.length;
  }

  get current(): number {
    return this.#current;
  }

  configOf(endpoint: number): ClientConfig | undefined {
    return this.#endpoints[endpoint]?.config;
  }

  /**
   * Makes an endpoint after `failed` current: the next one if the error may concern TLS, otherwise the first one of the
   * next host. Returns the number of endpoints that it advanced by.
   */
  advance(failed: number, error: unknown): number {
    const passed = mayConcernTls(error) ? 1 : this.#nextHost(failed) - failed;
    if (this.#current === failed) this.#current = (failed + passed) % this.#endpoints.length;
    return passed;
  }

  /** Returns one error for a round of attempts. Of each host it has only the error that explains most. */
  failureOf(attempts: readonly FailedAttempt[]): unknown {
    const errors = attempts
      .filter((attempt) => !attempts.some((other) => this.#explainsMore(other, attempt)))
      .map(({ error }) => error);
    if (errors.length === 1) return errors[0];
    return new AggregateError(errors, [...new Set(errors.map(messageOf))].join("; "));
  }

  #explainsMore(other: FailedAttempt, than: FailedAttempt): boolean {
    if (other.endpoint === than.endpoint || this.#hostOf(other.endpoint) !== this.#hostOf(than.endpoint))
      return false;
    if (hasNoTls(than.error)) return true;
    // "No pg_hba.conf entry" for one mode of TLS explains less than any error of the other mode.
    const isReason = other.error instanceof DatabaseError && other.error.code !== NO_HBA_ENTRY;
    if (than.error instanceof DatabaseError) return isReason && than.error.code === NO_HBA_ENTRY;
    return isReason && mayConcernTls(than.error);
  }

  #hostOf(endpoint: number): string | undefined {
    return this.#endpoints[endpoint]?.host;
  }

  #nextHost(endpoint: number): number {
    const host = this.#hostOf(endpoint);
    const next = this.#endpoints.findIndex((other, index) => index > endpoint && other.host !== host);
    return next === -1 ? this.#endpoints.length : next;
  }
}

function hasNoTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL");
}
