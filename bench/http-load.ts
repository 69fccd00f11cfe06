/** Load over HTTP: connections that each send one request after the other. */
import { connect, type Socket } from "node:net";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export interface Answer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: Buffer;
}

export interface Request {
  /** Default: GET. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const END_OF_CHUNKS = Buffer.from("\r\n0\r\n\r\n");

/** Returns the bytes of a request. Encoding a repeated request once leaves the processors to the servers. */
export function encodeRequest({ method = "GET", path, headers = {}, body = "" }: Request): Buffer {
  const all = { host: "bench", ...headers, ...(body ? { "content-length": Buffer.byteLength(body) } : {}) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/**
 * An open connection with one request at a time. It reads only what it needs of an answer, to leave the processors to
 * the servers.
 */
export class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #head: string | undefined;
  /** Bytes of the body that are still expected; undefined for a chunked body. */
  #missing: number | undefined;
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  /** Connects to `address`, such as `http://127.0.0.1:3000`. */
  static async open(address: string): Promise<Connection> {
    const { hostname, port } = new URL(address);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", resolve);
    });
    return new Connection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("The server closed the connection.")));
  }

  send(request: Request | Buffer): Promise<Answer> {
    if (this.#socket.destroyed) return Promise.reject(new Error("The server closed the connection."));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(Buffer.isBuffer(request) ? request : encodeRequest(request));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#head === undefined) {
      const received = this.#chunks.length === 0 ? chunk : Buffer.concat([...this.#chunks, chunk]);
      const end = received.indexOf(END_OF_HEAD);
      if (end === -1) {
        this.#chunks = [received];
        return;
      }
      this.#head = received.toString("latin1", 0, end);
      const body = received.subarray(end + END_OF_HEAD.length);
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1];
      const isEmpty = / (?:204|304) /.test(this.#head.slice(0, 13));
      this.#missing = isEmpty ? 0 : length === undefined ? undefined : Number(length);
      this.#chunks = [];
      this.#receiveBody(body);
    } else {
      this.#receiveBody(chunk);
    }
  }

  #receiveBody(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#missing === undefined) {
      const tail = Buffer.concat(this.#chunks.slice(-2)).subarray(-END_OF_CHUNKS.length);
      if (!tail.equals(END_OF_CHUNKS)) return;
    } else {
      this.#missing -= chunk.length;
      if (this.#missing > 0) return;
    }
    const [head, chunks, waiting] = [this.#head ?? "", this.#chunks, this.#waiting];
    this.#head = undefined;
    this.#chunks = [];
    this.#waiting = undefined;
    const body = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body });
  }
}

export function openConnections(address: string, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => Connection.open(address)));
}

/** Returns the value of a header of an answer. */
export function headerOf({ head }: Answer, name: string): string | undefined {
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (at === -1) return undefined;
  const end = head.indexOf("\r\n", at + 2);
  return head.slice(at + name.length + 3, end === -1 ? undefined : end).trim();
}

export function requireStatus(answer: Answer, ...expected: readonly number[]): Answer {
  if (expected.includes(answer.status)) return answer;
  throw new Error(
    `The server answered ${answer.head.split("\r\n")[0]}: ${answer.body.toString().slice(0, 500)}`,
  );
}

/** Sends one request on `connection`; `turn` counts the requests of all connections. */
export type Send = (connection: Connection, index: number, turn: number) => Promise<unknown>;

export interface Load {
  readonly answers: number;
  readonly seconds: number;
  /** Times from sending a request to its complete answer, in microseconds. */
  readonly latencies: RecordableHistogram;
}

/** Keeps all connections busy for a time, or until `stopped` is aborted. */
export async function keepBusy(
  connections: readonly Connection[],
  send: Send,
  { seconds, stopped }: { readonly seconds: number; readonly stopped?: AbortSignal },
): Promise<Load> {
  const latencies = createHistogram();
  const start = performance.now();
  const end = start + seconds * 1_000;
  let turn = 0;
  await Promise.all(
    connections.map(async (connection, index) => {
      for (let now = performance.now(); now < end && !stopped?.aborted; ) {
        turn += 1;
        await send(connection, index, turn);
        const done = performance.now();
        latencies.record(Math.max(1, Math.round((done - now) * 1_000)));
        now = done;
      }
    }),
  );
  return { answers: turn, seconds: (performance.now() - start) / 1_000, latencies };
}
