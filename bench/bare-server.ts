/**
 * A server of pages from one table, with fastify and better-sqlite3 alone: no history, no validation, no accounts.
 * Arguments: the database and the number of pages.
 */
import SqliteDatabase from "better-sqlite3";
import Fastify from "fastify";
import { prose } from "./note.ts";

interface Page {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly version: number;
}

const [path = ":memory:", pages = "1"] = process.argv.slice(2);
const db = new SqliteDatabase(path);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE pages (slug TEXT PRIMARY KEY, title TEXT, body TEXT, version INTEGER) STRICT");
const insert = db.prepare("INSERT INTO pages VALUES (?, ?, ?, 1)");
for (let page = 0; page < Number(pages); page += 1)
  insert.run(`page-${page}`, `Page ${page}`, prose(5_000, page + 1));

const select = db.prepare<[string], Page>("SELECT slug, title, body, version FROM pages WHERE slug = ?");
const update = db.prepare<[string, string, number]>(
  "UPDATE pages SET body = ?, version = version + 1 WHERE slug = ? AND version = ?",
);

const server = Fastify();
server.get<{ Params: { slug: string } }>("/api/pages/:slug", async (request) =>
  select.get(request.params.slug),
);
server.get<{ Params: { slug: string } }>("/:slug", async (request, reply) => {
  const page = select.get(request.params.slug);
  return reply.type("text/html").send(`<!doctype html><title>${page?.title}</title><pre>${page?.body}</pre>`);
});
server.patch<{ Params: { slug: string }; Body: { body: string } }>(
  "/api/pages/:slug",
  async (request, reply) => {
    const { slug } = request.params;
    const version = Number(request.headers["if-match"]?.replaceAll('"', ""));
    if (update.run(request.body.body, slug, version).changes === 0) return reply.code(412).send();
    return reply.header("etag", `"${version + 1}"`).send(select.get(slug));
  },
);

console.log(`The bare server is at ${await server.listen({ host: "127.0.0.1", port: 0 })}`);
