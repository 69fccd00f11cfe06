import {
  type Connection,
  encodeRequest,
  keepBusy,
  openConnections,
  type Request,
  requireStatus,
  type Send,
} from "./http-load.ts";
import type { Contender } from "./measure.ts";

export interface Repetition {
  readonly connections: number;
  /** How long a round lasts. */
  readonly seconds: number;
}

/** Returns a contender that sends requests on open connections. Its unit is one answer. */
export function repeatedSends(
  name: string,
  address: string,
  send: Send,
  { connections: count, seconds }: Repetition,
): Contender {
  let connections: readonly Connection[] = [];
  return {
    name,
    // Servers close connections that were idle during the rounds of others.
    before: async () => {
      connections = await openConnections(address, count);
    },
    round: async () => {
      const { answers } = await keepBusy(connections, send, { seconds });
      for (const connection of connections) connection.close();
      return answers;
    },
  };
}

/** Returns a contender that sends these requests in turns. */
export function repeatedRequests(
  name: string,
  address: string,
  requests: readonly Request[],
  repetition: Repetition,
): Contender {
  const encoded = requests.map(encodeRequest);
  const send: Send = async (connection, _index, turn) => {
    const bytes = encoded[turn % encoded.length] ?? Buffer.alloc(0);
    return requireStatus(await connection.send(bytes), 200);
  };
  return repeatedSends(name, address, send, repetition);
}
