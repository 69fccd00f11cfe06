import { Socket } from "node:net";
import { Client, DatabaseError } from "pg";
import type { Endpoints } from "./endpoints.ts";

/** How long an answer may take before the server is probed, and how long the probe may take. */
const SILENCE_MS = 5_000;

/**
 * Breaks the connections to a server that hangs or is cut off from the network, which ends no connection by itself. If
 * a query takes long, the probe opens another connection to the same endpoint. If that fails, it breaks all
 * connections to the endpoint. A server that is only slow accepts the new connection.
 */
export class LivenessProbe {
  readonly #endpoints: Endpoints;
  readonly #clients = new Map<number, Set<Client>>();
  readonly #probes = new Map<number, Promise<void>>();

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  /** Probes the current endpoint whenever a query of `client` takes long. */
  watch(client: Client): void {
    const endpoint = this.#endpoints.current;
    const clients = this.#clients.get(endpoint) ?? new Set();
    this.#clients.set(endpoint, clients.add(client));
    client.once("end", () => clients.delete(client));
    const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
    const watchedQuery = (...args: readonly unknown[]): unknown => {
      const answer = query(...args);
      if (answer instanceof Promise) this.#watchAnswer(answer, endpoint);
      return answer;
    };
    client.query = watchedQuery as Client["query"];
  }

  #watchAnswer(answer: Promise<unknown>, endpoint: number): void {
    let isAnswered = false;
    const wait = () => setTimeout(probe, SILENCE_MS).unref();
    const probe = async () => {
      await this.#probeOnce(endpoint);
      if (!isAnswered) timer = wait();
    };
    const end = () => {
      isAnswered = true;
      clearTimeout(timer);
    };
    let timer = wait();
    answer.then(end, end);
  }

  async #probeOnce(endpoint: number): Promise<void> {
    const probing =
      this.#probes.get(endpoint) ?? this.#probe(endpoint).finally(() => this.#probes.delete(endpoint));
    this.#probes.set(endpoint, probing);
    await probing;
  }

  async #probe(endpoint: number): Promise<void> {
    const client = new Client({ ...this.#endpoints.configOf(endpoint), connectionTimeoutMillis: SILENCE_MS });
    client.on("error", () => {});
    // Pending queries keep the process alive; this probe must not.
    if (client.connection.stream instanceof Socket) client.connection.stream.unref();
    try {
      await client.connect();
    } catch (error) {
      // A refused connection is an answer too.
      if (!(error instanceof DatabaseError)) this.#breakConnections(endpoint, error);
    } finally {
      client.end().catch(() => {});
    }
  }

  #breakConnections(endpoint: number, error: unknown): void {
    this.#endpoints.advance(endpoint, error);
    for (const { connection } of this.#clients.get(endpoint) ?? [])
      connection.stream.destroy(new Error("the server does not answer"));
  }
}
