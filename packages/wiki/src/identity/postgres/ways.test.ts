import { expect, test } from "vitest";
import { waysOf } from "./ways.ts";

const urlsOf = (url: string) => waysOf(url).ways.map((way) => way.url);

test("each host is tried, with TLS before it is tried without", () => {
  expect(waysOf("postgres://ada:secret@one:6000,[::1]/wiki?sslmode=prefer").ways).toEqual([
    { host: 0, url: "postgres://ada:secret@one:6000/wiki?sslmode=prefer&uselibpqcompat=true" },
    { host: 0, url: "postgres://ada:secret@one:6000/wiki?sslmode=disable&uselibpqcompat=true" },
    { host: 1, url: "postgres://ada:secret@[::1]/wiki?sslmode=prefer&uselibpqcompat=true" },
    { host: 1, url: "postgres://ada:secret@[::1]/wiki?sslmode=disable&uselibpqcompat=true" },
  ]);
});

test("who asks for TLS, or for what pg makes of it, gets that alone", () => {
  expect(urlsOf("postgres://one/wiki?sslmode=verify-full")).toEqual([
    "postgres://one/wiki?sslmode=verify-full&uselibpqcompat=true",
  ]);
  expect(urlsOf("postgres://one/wiki?sslmode=no-verify")).toEqual(["postgres://one/wiki?sslmode=no-verify"]);
  expect(urlsOf("postgres://one/wiki?ssl=true")).toEqual(["postgres://one/wiki?ssl=true"]);
});

test("hosts may be parameters, and sockets, which have no TLS", () => {
  expect(urlsOf("postgres:///wiki?host=one,/run/postgresql&port=6000,7000&sslmode=require")).toEqual([
    "postgres:///wiki?host=one&port=6000&sslmode=require&uselibpqcompat=true",
    "postgres:///wiki?host=%2Frun%2Fpostgresql&port=7000&sslmode=require",
  ]);
  expect(urlsOf("postgres://%2Frun%2Fpostgresql/wiki")).toEqual(["postgres://%2Frun%2Fpostgresql/wiki?"]);
});

test("only a server that takes writes will do, unless another is asked for", () => {
  expect(waysOf("postgres://one,two/wiki").writable).toBe(true);
  expect(waysOf("postgres://one,two/wiki?target_session_attrs=read-write").writable).toBe(true);
  expect(waysOf("postgres://one,two/wiki?target_session_attrs=any").writable).toBe(false);
  expect(urlsOf("postgres://one/wiki?ssl=true&connect_timeout=3&target_session_attrs=any")).toEqual([
    "postgres://one/wiki?ssl=true",
  ]);
});
