import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";
import { Endpoints } from "./endpoints.ts";

const UNREACHABLE = new Error("connect ECONNREFUSED 127.0.0.1:5432");
const NO_TLS = new Error("The server does not support SSL connections");

const endpointsOf = (url: string) => new Endpoints(parseConnectionString(url).endpoints);

/** Returns the host and mode of TLS of each endpoint that is tried while connecting fails with these errors. */
function tried(endpoints: Endpoints, errors: readonly Error[]): string[] {
  const name = () => {
    const { searchParams } = new URL(endpoints.configOf(endpoints.current)?.connectionString ?? "");
    return `${searchParams.get("host")} ${searchParams.get("sslmode")}`;
  };
  const first = name();
  const others = errors.map((error) => {
    endpoints.advance(endpoints.current, error);
    return name();
  });
  return [first, ...others];
}

it("skips TLS on a server that had none, until the server was unreachable", () => {
  const endpoints = endpointsOf("postgres://one/wiki?sslmode=prefer");
  expect(tried(endpoints, [NO_TLS, UNREACHABLE])).toEqual(["one prefer", "one disable", "one prefer"]);
});

it("tries a host that is unreachable or accepts no writes once in a round", () => {
  const endpoints = endpointsOf("postgres://one,two,three/wiki?sslmode=prefer");
  expect(
    tried(endpoints, [UNREACHABLE, NO_TLS, new Error("the server accepts no writes"), UNREACHABLE]),
  ).toEqual(["one prefer", "two prefer", "two disable", "three prefer", "one prefer"]);
});

it("tries a host without TLS if pg_hba.conf has no entry with it", () => {
  const refused = new DatabaseError("no pg_hba.conf entry", 0, "error");
  refused.code = "28000";
  expect(tried(endpointsOf("postgres://one/wiki?sslmode=prefer"), [refused])).toEqual([
    "one prefer",
    "one disable",
  ]);
});

it("returns how many endpoints it passed, and advances once for several failures of one", () => {
  const endpoints = endpointsOf("postgres://one,two/wiki?sslmode=prefer");
  expect(endpoints.length).toBe(4);
  expect(endpoints.advance(0, UNREACHABLE)).toBe(2);
  expect(endpoints.advance(0, UNREACHABLE)).toBe(2);
  expect(endpoints.current).toBe(2);
  expect(endpoints.advance(2, NO_TLS)).toBe(1);
  expect(endpoints.advance(3, UNREACHABLE)).toBe(1);
  expect(endpoints.current).toBe(0);
});

describe("the failure of a round", () => {
  const serverError = (code: string, message: string) =>
    Object.assign(new DatabaseError(message, 0, "error"), { code });
  const noDatabase = serverError("3D000", 'database "none" does not exist');
  const wrongPassword = serverError("28P01", 'password authentication failed for user "ada"');
  const noHbaEntry = serverError("28000", "no pg_hba.conf entry, no encryption");
  const handshake = new Error("SSL routines: unsupported protocol");

  /** Returns the message for these errors of the endpoints, in their order. */
  const messageOf = (url: string, ...errors: Error[]) => {
    const failure = endpointsOf(url).failureOf(errors.map((error, endpoint) => ({ endpoint, error })));
    return failure instanceof Error ? failure.message : failure;
  };

  it("reports the answer of the server before missing TLS", () => {
    expect(messageOf("postgres://one/wiki", NO_TLS, noDatabase)).toBe(noDatabase.message);
    expect(messageOf("postgres://one/wiki", NO_TLS, wrongPassword)).toBe(wrongPassword.message);
    expect(messageOf("postgres://one/wiki", NO_TLS, noHbaEntry)).toBe(noHbaEntry.message);
    expect(messageOf("postgres://one/wiki", handshake, noDatabase)).toBe(noDatabase.message);
  });

  it("reports a wrong password before a missing entry in pg_hba.conf", () => {
    expect(messageOf("postgres://one/wiki", wrongPassword, noHbaEntry)).toBe(wrongPassword.message);
    expect(messageOf("postgres://one/wiki", wrongPassword, wrongPassword)).toBe(wrongPassword.message);
  });

  it("reports every error that may be the cause", () => {
    expect(messageOf("postgres://one/wiki", handshake, noHbaEntry)).toBe(
      `${handshake.message}; ${noHbaEntry.message}`,
    );
    expect(messageOf("postgres://one/wiki?sslmode=require", NO_TLS)).toBe(NO_TLS.message);
    expect(messageOf("postgres://one,two/wiki?sslmode=require", NO_TLS, UNREACHABLE)).toBe(
      `${NO_TLS.message}; ${UNREACHABLE.message}`,
    );
  });
});

it("counts another port of the same machine as another host", () => {
  const endpoints = endpointsOf("postgres:///wiki?host=one,one&port=1,2");
  expect(endpoints.advance(0, UNREACHABLE)).toBe(2);
  expect(endpoints.current).toBe(2);
});
