import { DatabaseError } from "pg";
import { expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";
import { Route } from "./route.ts";

const UNREACHABLE = new Error("connect ECONNREFUSED 127.0.0.1:5432");
const NO_TLS = new Error("The server does not support SSL connections");

const routeOf = (url: string) => new Route(parseConnectionString(url).ways);

/** Each way that is taken while connecting fails with these errors, as its host and mode of TLS. */
function taken(route: Route, errors: readonly Error[]): string[] {
  const name = () => {
    const { host, searchParams } = new URL(route.configOf(route.taken)?.connectionString ?? "");
    return `${host} ${searchParams.get("sslmode")}`;
  };
  const first = name();
  const others = errors.map((error) => {
    route.leave(route.taken, error);
    return name();
  });
  return [first, ...others];
}

it("goes without TLS to a server that has none, and with TLS again when it came back", () => {
  const route = routeOf("postgres://one/wiki?sslmode=prefer");
  expect(taken(route, [NO_TLS, UNREACHABLE])).toEqual(["one prefer", "one disable", "one prefer"]);
});

it("asks a host that is away, or takes no writes, only once", () => {
  const route = routeOf("postgres://one,two,three/wiki?sslmode=prefer");
  expect(taken(route, [UNREACHABLE, NO_TLS, new Error("the server takes no writes"), UNREACHABLE])).toEqual([
    "one prefer",
    "two prefer",
    "two disable",
    "three prefer",
    "one prefer",
  ]);
});

it("asks a server that lets nobody in with TLS without it", () => {
  const refused = new DatabaseError("no pg_hba.conf entry", 0, "error");
  refused.code = "28000";
  expect(taken(routeOf("postgres://one/wiki?sslmode=prefer"), [refused])).toEqual([
    "one prefer",
    "one disable",
  ]);
});

it("counts what it leaves behind, and takes no step that another has taken", () => {
  const route = routeOf("postgres://one,two/wiki?sslmode=prefer");
  expect(route.length).toBe(4);
  expect(route.leave(0, UNREACHABLE)).toBe(2);
  expect(route.leave(0, UNREACHABLE)).toBe(2);
  expect(route.taken).toBe(2);
  expect(route.leave(2, NO_TLS)).toBe(1);
  expect(route.leave(3, UNREACHABLE)).toBe(1);
  expect(route.taken).toBe(0);
});
