import { headerOf, requireStatus, type Send } from "./http-load.ts";
import { article, slugOf } from "./sample-pages.ts";

export interface Editing {
  readonly pages: number;
  /** The size of a page. */
  readonly bytes: number;
  readonly clients: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns a client that edits the pages of its own connection in turns, each from its current version. */
export function editOwnPages({ pages, bytes, clients, headers = {} }: Editing): Send {
  const etags = new Map<number, string>();
  const pagesPerClient = Math.floor(pages / clients);
  return async (connection, client, turn) => {
    const page = client * pagesPerClient + (turn % pagesPerClient);
    const path = `/api/pages/${slugOf(page)}`;
    const etag = etags.get(page) ?? headerOf(await connection.send({ path, headers }), "etag") ?? "";
    const body = article(page, { pages, bytes }).replace("and more", `and edit ${turn} more`);
    const answer = await connection.send({
      method: "PATCH",
      path,
      headers: { ...headers, "content-type": "application/json", "if-match": etag },
      body: JSON.stringify({ body }),
    });
    etags.set(page, headerOf(requireStatus(answer, 200), "etag") ?? "");
  };
}
