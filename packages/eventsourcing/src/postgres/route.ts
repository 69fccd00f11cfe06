import type { ClientConfig } from "pg";
import type { Way } from "./connection-string.ts";
import { mayBeAboutTls } from "./failure.ts";

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
    const step = mayBeAboutTls(error) ? 1 : this.#nextHost(failed) - failed;
    // Others may have gone on already.
    if (this.#taken === failed) this.#taken = (failed + step) % this.#ways.length;
    return step;
  }

  #nextHost(way: number): number {
    const next = this.#ways.findIndex(({ host }, index) => index > way && host !== this.#ways[way]?.host);
    return next === -1 ? this.#ways.length : next;
  }
}
