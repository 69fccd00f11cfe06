import { afterAll, beforeAll, expect, it } from "vitest";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_SIGN_INS_PER_MINUTE: "3" });
  editor = await wiki.account("editor");
});
afterAll(() => wiki.close());

const signIn = (password: string, remoteAddress: string) =>
  wiki.server.inject({
    method: "POST",
    url: "/-/sign-in",
    headers: { "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ email: editor.email, password }).toString(),
    remoteAddress,
  });

it("refuses further sign-ins from an address after the configured number in a minute", async () => {
  for (let attempt = 0; attempt < 3; attempt++)
    expect((await signIn("a wrong password", "192.0.2.1")).statusCode).toBe(422);
  const refused = await signIn(PASSWORD, "192.0.2.1");
  expect(refused.statusCode).toBe(429);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(refused.cookies).toEqual([]);
  expect((await signIn(PASSWORD, "192.0.2.2")).statusCode).toBe(303);
});
