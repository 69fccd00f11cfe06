import type { FastifyInstance } from "fastify";

/**
 * Has `server` take bodies in JSON and UTF-8 alone. Forms are for the pages, and a text in another encoding would
 * be stored as something else than it says.
 */
export function takeJsonAlone(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser("error", "error");
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes as Buffer);
    } catch {
      done(Object.assign(new Error("The body is not in UTF-8."), { statusCode: 400 }));
      return;
    }
    parseJson(request, text, done);
  });
}
