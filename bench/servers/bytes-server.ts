/**
 * Plain `node:http` that answers every request with the same bytes. Argument: a JSON file with the headers and the body
 * in Base64.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Stored {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const { headers, body } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Stored;
const bytes = Buffer.from(body, "base64");

const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(bytes);
});
server.listen(0, "127.0.0.1", () => {
  console.log(`The server is at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
