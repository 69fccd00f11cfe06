import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const END_OF_HEAD = "\r\n\r\n";

/**
 * An HTTP client with one open connection and one request at a time. It parses only the responses of the servers that
 * are measured, to leave them the processors.
 */
export class HttpClient {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  /** Connects to `address`, such as `http://127.0.0.1:3000`. */
  static connect(address: string): Promise<HttpClient> {
    const { hostname, port } = new URL(address);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new HttpClient(socket)));
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("The server closed the connection.")));
  }

  request(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Answer> {
    const all = { host: "bench", ...headers, ...(body ? { "content-length": Buffer.byteLength(body) } : {}) };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    if (this.#socket.destroyed) return Promise.reject(new Error("The server closed the connection."));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const endOfHead = this.#received.indexOf(END_OF_HEAD);
    if (endOfHead === -1) return;
    const head = this.#received.toString("latin1", 0, endOfHead);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#waiting?.reject(new Error(`The answer does not say how long it is:\n${head}`));
      return;
    }
    const start = endOfHead + END_OF_HEAD.length;
    const end = start + Number(length);
    if (this.#received.length < end) return;
    const answer = {
      status: Number(head.slice(9, 12)),
      head,
      body: this.#received.toString("utf8", start, end),
    };
    this.#received = this.#received.subarray(end);
    this.#waiting?.resolve(answer);
  }
}
