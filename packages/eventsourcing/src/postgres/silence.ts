import { Socket } from "node:net";
import { Client, DatabaseError } from "pg";
import type { Route } from "./route.ts";

/** How long an answer may take before the server is asked whether it is there, and how long that may take. */
const SILENCE_MS = 5_000;

/**
 * Breaks the connections to a server that has fallen silent: one that hangs, or is cut off, ends no connection and
 * answers on none. Whoever owes an answer for some seconds is asked on another connection; if that cannot be made,
 * all those made the same way are given up, and the other hosts are tried. A server that takes its time is let be.
 */
export class SilenceGuard {
  readonly #route: Route;
  readonly #clients = new Map<number, Set<Client>>();
  readonly #questions = new Map<number, Promise<void>>();

  constructor(route: Route) {
    this.#route = route;
  }

  /** Watches over a new client, which is to be connected the way that is taken now. */
  guard(client: Client): void {
    const way = this.#route.taken;
    const clients = this.#clients.get(way) ?? new Set();
    this.#clients.set(way, clients.add(client));
    client.once("end", () => clients.delete(client));
    const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
    const guardedQuery = (...args: readonly unknown[]): unknown => {
      const answer = query(...args);
      if (answer instanceof Promise) this.#await(answer, way);
      return answer;
    };
    client.query = guardedQuery as Client["query"];
  }

  #await(answer: Promise<unknown>, way: number): void {
    let isAnswered = false;
    const wait = () => setTimeout(ask, SILENCE_MS).unref();
    const ask = async () => {
      await this.#askOnce(way);
      if (!isAnswered) timer = wait();
    };
    const end = () => {
      isAnswered = true;
      clearTimeout(timer);
    };
    let timer = wait();
    answer.then(end, end);
  }

  /** However many answers are owed, one question is asked at a time. */
  async #askOnce(way: number): Promise<void> {
    const asked = this.#questions.get(way) ?? this.#ask(way).finally(() => this.#questions.delete(way));
    this.#questions.set(way, asked);
    await asked;
  }

  async #ask(way: number): Promise<void> {
    const client = new Client({ ...this.#route.configOf(way), connectionTimeoutMillis: SILENCE_MS });
    client.on("error", () => {});
    // Whoever owes an answer keeps the process alive, and not the question.
    if (client.connection.stream instanceof Socket) client.connection.stream.unref();
    try {
      await client.connect();
    } catch (error) {
      // To be turned away is an answer, too.
      if (!(error instanceof DatabaseError)) this.#giveUp(way, error);
    } finally {
      client.end().catch(() => {});
    }
  }

  #giveUp(way: number, error: unknown): void {
    this.#route.leave(way, error);
    for (const { connection } of this.#clients.get(way) ?? [])
      connection.stream.destroy(new Error("the server has fallen silent"));
  }
}
