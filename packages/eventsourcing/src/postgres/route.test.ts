import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";
import { Route } from "./route.ts";

const UNREACHABLE = new Error("connect ECONNREFUSED 127.0.0.1:5432");
const NO_TLS = new Error("The server does not support SSL connections");

const routeOf = (url: string) => new Route(parseConnectionString(url).ways);

/** Each way that is taken while connecting fails with these errors, as its host and mode of TLS. */
function taken(route: Route, errors: readonly Error[]): string[] {
  const name = () => {
    const { searchParams } = new URL(route.configOf(route.taken)?.connectionString ?? "");
    return `${searchParams.get("host")} ${searchParams.get("sslmode")}`;
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

describe("of a round of failures", () => {
  const of = (code: string, message: string) =>
    Object.assign(new DatabaseError(message, 0, "error"), { code });
  const noDatabase = of("3D000", 'database "none" does not exist');
  const wrongPassword = of("28P01", 'password authentication failed for user "ada"');
  const notLetIn = of("28000", "no pg_hba.conf entry, no encryption");
  const handshake = new Error("SSL routines: unsupported protocol");

  /** Each error stands for the next way: with TLS and without it, host by host. */
  const told = (url: string, ...errors: Error[]) => {
    const failure = routeOf(url).failureOf(errors.map((error, way) => ({ way, error })));
    return failure instanceof Error ? failure.message : failure;
  };

  it("the answer of the server is told, and not that it has no TLS", () => {
    expect(told("postgres://one/wiki", NO_TLS, noDatabase)).toBe(noDatabase.message);
    expect(told("postgres://one/wiki", NO_TLS, wrongPassword)).toBe(wrongPassword.message);
    expect(told("postgres://one/wiki", NO_TLS, notLetIn)).toBe(notLetIn.message);
    expect(told("postgres://one/wiki", handshake, noDatabase)).toBe(noDatabase.message);
  });

  it("the wrong password is told, and not that nobody is let in without TLS", () => {
    expect(told("postgres://one/wiki", wrongPassword, notLetIn)).toBe(wrongPassword.message);
    expect(told("postgres://one/wiki", wrongPassword, wrongPassword)).toBe(wrongPassword.message);
  });

  it("everything is told that may be the reason", () => {
    expect(told("postgres://one/wiki", handshake, notLetIn)).toBe(
      `${handshake.message}; ${notLetIn.message}`,
    );
    expect(told("postgres://one/wiki?sslmode=require", NO_TLS)).toBe(NO_TLS.message);
    expect(told("postgres://one,two/wiki?sslmode=require", NO_TLS, UNREACHABLE)).toBe(
      `${NO_TLS.message}; ${UNREACHABLE.message}`,
    );
  });
});

it("goes on to another port of the same machine", () => {
  const route = routeOf("postgres:///wiki?host=one,one&port=1,2");
  expect(route.leave(0, UNREACHABLE)).toBe(2);
  expect(route.taken).toBe(2);
});
