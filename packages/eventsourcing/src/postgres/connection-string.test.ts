import { afterEach, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { parseConnectionString } from "./connection-string.ts";

const urlsOf = (url: string) => parseConnectionString(url).ways.map(({ config }) => config.connectionString);

const ambient = process.env.PGSSLMODE;
afterEach(() => {
  if (ambient === undefined) delete process.env.PGSSLMODE;
  else process.env.PGSSLMODE = ambient;
});

describe("a connection string", () => {
  it("names one host, which is tried with TLS and then without", () => {
    delete process.env.PGSSLMODE;
    expect(urlsOf("postgres://ada:secret@db.example:6000/wiki?application_name=a%20b")).toEqual([
      "postgres://ada:secret@db.example:6000/wiki?application_name=a+b&sslmode=prefer&uselibpqcompat=true",
      "postgres://ada:secret@db.example:6000/wiki?application_name=a+b&sslmode=disable&uselibpqcompat=true",
    ]);
  });

  it("names several hosts, which are tried in order", () => {
    expect(urlsOf("postgresql://ada@one:5432,[::1]:5433,three/wiki?sslmode=verify-full")).toEqual([
      "postgresql://ada@one:5432/wiki?sslmode=verify-full&uselibpqcompat=true",
      "postgresql://ada@[::1]:5433/wiki?sslmode=verify-full&uselibpqcompat=true",
      "postgresql://ada@three/wiki?sslmode=verify-full&uselibpqcompat=true",
    ]);
  });

  it("names hosts among its parameters, and Unix sockets, which have no TLS", () => {
    expect(urlsOf("postgres:///wiki?host=one,/run/postgresql&port=6000,7000&sslmode=require")).toEqual([
      "postgres:///wiki?sslmode=require&host=one&port=6000&uselibpqcompat=true",
      "postgres:///wiki?sslmode=require&host=%2Frun%2Fpostgresql&port=7000",
    ]);
    expect(urlsOf("postgres://%2Frun%2Fpostgresql/wiki")).toEqual(["postgres://%2Frun%2Fpostgresql/wiki?"]);
  });

  it("means by sslmode what libpq means, and leaves pg's own parameters to pg", () => {
    const modes = (parameters: string) =>
      parseConnectionString(`postgres://one/wiki?${parameters}`).ways.map(({ config }) =>
        new URL(config.connectionString ?? "").searchParams.get("sslmode"),
      );
    expect(modes("sslmode=allow")).toEqual(["disable", "prefer"]);
    expect(modes("sslmode=disable")).toEqual(["disable"]);
    expect(modes("ssl=true")).toEqual([null]);
    expect(modes("uselibpqcompat=true&sslmode=prefer")).toEqual(["prefer"]);
    expect(urlsOf("postgres://one/wiki?sslmode=no-verify")).toEqual([
      "postgres://one/wiki?sslmode=no-verify",
    ]);
    process.env.PGSSLMODE = "require";
    expect(modes("")).toEqual(["require"]);
  });

  it("says how long a host may take to answer, and which server will do", () => {
    const target = parseConnectionString("postgres://one/wiki?connect_timeout=3&target_session_attrs=any");
    expect(target.ways[0]?.config.connectionTimeoutMillis).toBe(3000);
    expect(target.writable).toBe(false);
    expect(parseConnectionString("postgres://one/wiki").writable).toBe(true);
  });

  it("is shown without the user and the password", () => {
    const { display } = parseConnectionString("postgres://ada:p@ss@one:1,two/wiki?password=secret");
    expect(display).toBe("postgres://one:1,two/wiki");
  });

  it("is refused when it cannot be one, without telling the password", () => {
    const wrong = [
      "mysql://ada:secret@one/wiki",
      "host=one password=secret",
      "",
      "postgres://ada:secret@one/wiki?sslmode=maybe",
      "postgres://ada:secret@one/wiki?target_session_attrs=fast",
      "postgres://ada:secret@one/wiki?connect_timeout=soon",
    ];
    for (const url of wrong) {
      expect(() => parseConnectionString(url)).toThrow(InvalidArgumentError);
      expect(() => parseConnectionString(url)).not.toThrow(/secret/);
    }
  });
});
