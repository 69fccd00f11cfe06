import fc from "fast-check";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { parseConnectionString } from "./connection-string.ts";

/** Returns a pg client for each endpoint, which has the parameters as pg reads them. */
function clientsOf(text: string) {
  return parseConnectionString(text).endpoints.map(({ config }) => new pg.Client(config));
}

const hostsInOrder = (text: string) => clientsOf(text).map(({ host, port }) => `${host} ${port}`);
const hosts = (text: string) => [...new Set(hostsInOrder(text))];

const modes = (text: string) =>
  parseConnectionString(text).endpoints.map(({ config }) =>
    new URL(config.connectionString ?? "").searchParams.get("sslmode"),
  );

const ambient = Object.entries(process.env).filter(([name]) => name.startsWith("PG"));
function removePostgresVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("PG")) delete process.env[name];
}
beforeEach(removePostgresVariables);
afterEach(() => {
  removePostgresVariables();
  Object.assign(process.env, Object.fromEntries(ambient));
});

describe("a connection string", () => {
  it("connects to one host with TLS and then without", () => {
    const text = "postgres://ada:secret@db.example:6000/wiki?application_name=a%20b";
    expect(modes(text)).toEqual(["prefer", "disable"]);
    expect(
      clientsOf(text).map(({ host, port, user, password, database, ssl }) => ({
        host,
        port,
        user,
        password,
        database,
        tls: ssl !== false,
      })),
    ).toEqual(
      [true, false].map((tls) => ({
        host: "db.example",
        port: 6000,
        user: "ada",
        password: "secret",
        database: "wiki",
        tls,
      })),
    );
  });

  it("connects to several hosts in their order", () => {
    expect(hostsInOrder("postgresql://ada@one:5433,[::1]:5434,three/wiki?sslmode=verify-full")).toEqual([
      "one 5433",
      "::1 5434",
      "three 5432",
    ]);
  });

  it("may name hosts and Unix sockets in parameters; sockets have no TLS", () => {
    const text = "postgres:///wiki?host=one,/run/postgresql&port=6000,7000&sslmode=require";
    expect(hostsInOrder(text)).toEqual(["one 6000", "/run/postgresql 7000"]);
    expect(modes(text)).toEqual(["require", "disable"]);
    expect(hostsInOrder("postgres://%2Frun%2Fpostgresql/wiki")).toEqual(["/run/postgresql 5432"]);
    expect(hostsInOrder("postgres://[fe80::1%25eth0]:6000/wiki?sslmode=disable")).toEqual([
      "fe80::1%eth0 6000",
    ]);
    expect(hostsInOrder("postgres://a%:b c@/wiki?host=/run/postgresql")).toEqual(["/run/postgresql 5432"]);
  });

  it("may name one port for all hosts, or one for each", () => {
    expect(hosts("postgres://u@/db?host=127.0.0.1,127.0.0.1&port=1,5432")).toEqual([
      "127.0.0.1 1",
      "127.0.0.1 5432",
    ]);
    expect(hosts("postgres://one,two/db?port=1,2")).toEqual(["one 1", "two 2"]);
    expect(hosts("postgres://one,two/db?port=7")).toEqual(["one 7", "two 7"]);
    expect(hosts("postgres://x:7/db?host=one,two")).toEqual(["one 7", "two 7"]);
    expect(hosts("postgres://one:7,two/db")).toEqual(["one 7", "two 5432"]);
    expect(() => parseConnectionString("postgres://one,two,three/db?port=1,2")).toThrow(
      'port in the connection string must be one for all hosts, or one for each of the 3; it is "1,2"',
    );
  });

  it("takes missing parameters from the environment", () => {
    process.env.PGHOST = "one,two";
    process.env.PGPORT = "1,2";
    process.env.PGTARGETSESSIONATTRS = "any";
    process.env.PGCONNECT_TIMEOUT = "3";
    process.env.PGSSLMODE = "require";
    const { writable, endpoints } = parseConnectionString("postgres:///wiki");
    expect([writable, endpoints[0]?.config.connectionTimeoutMillis]).toEqual([false, 3000]);
    expect(hosts("postgres:///wiki")).toEqual(["one 1", "two 2"]);
    expect(modes("postgres:///wiki")).toEqual(["require", "require"]);
    expect(modes("postgres:///wiki?sslmode=disable")).toEqual(["disable", "disable"]);
    expect(parseConnectionString("postgres:///wiki?target_session_attrs=primary").writable).toBe(true);
    expect(hosts("postgres://three:3/wiki")).toEqual(["three 3"]);
    process.env.PGTARGETSESSIONATTRS = "standby";
    expect(() => parseConnectionString("postgres:///wiki")).toThrow(
      'target_session_attrs must be one of read-write, primary, any; it is "standby"',
    );
  });

  it.each([
    ["PGCHANNELBINDING", "require", "prefer", "unset, because it is not supported, or prefer or disable"],
    ["PGGSSENCMODE", "require", "disable", "unset"],
    ["PGHOSTADDR", "::1", "", "unset, because it is not supported; it is"],
    ["PGLOADBALANCEHOSTS", "random", "disable", "unset"],
    ["PGREQUIREAUTH", "scram-sha-256", "", "unset"],
    ["PGREQUIREPEER", "postgres", "", "unset"],
    ["PGREQUIRESSL", "1", "0", "unset"],
    ["PGSERVICE", "wiki", "", "unset"],
    ["PGSSLCERTMODE", "require", "allow", "unset"],
    ["PGSSLCRL", "revoked.pem", "", "unset"],
    ["PGSSLCRLDIR", "revoked", "", "unset"],
    ["PGSSLMAXPROTOCOLVERSION", "TLSv1.2", "", "unset"],
    ["PGSSLMINPROTOCOLVERSION", "TLSv1.3", "TLSv1.2", "unset"],
  ])("refuses environment variables that pg does not support: %s", (variable, value, harmless, message) => {
    process.env[variable] = value;
    const parse = () => parseConnectionString("postgres:///wiki");
    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(`${variable} must be ${message}`);
    expect(parse).toThrow(`it is "${value}"`);
    process.env[variable] = harmless;
    expect(parse).not.toThrow();
  });

  it("overrides environment variables that are not supported", () => {
    process.env.PGCHANNELBINDING = "require";
    expect(() => parseConnectionString("postgres:///wiki?channel_binding=prefer")).not.toThrow();
  });

  it("may consist of keywords and values", () => {
    const text = String.raw` host=one,two port = 6000 dbname='the wi\'ki' user=ada password=p\ @/?s sslmode=disable`;
    expect(hostsInOrder(text)).toEqual(["one 6000", "two 6000"]);
    expect(clientsOf(text)[0]).toMatchObject({ user: "ada", password: "p @/?s", database: "the wi'ki" });
    expect(parseConnectionString(text).display).toBe("postgres://one:6000,two:6000/the%20wi'ki");
  });

  it("gives sslmode the meaning of libpq, and keeps pg's own parameters", () => {
    const of = (parameters: string) => modes(`postgres://one/wiki?${parameters}`);
    expect(of("sslmode=allow")).toEqual(["disable", "prefer"]);
    expect(of("sslmode=disable")).toEqual(["disable"]);
    expect(of("ssl=true")).toEqual([null]);
    expect(of("uselibpqcompat=true&sslmode=prefer")).toEqual(["prefer"]);
    expect(clientsOf("postgres://one/wiki?sslmode=no-verify")[0]?.ssl).toEqual({ rejectUnauthorized: false });
    expect(clientsOf("postgres://one/wiki?sslmode=require")[0]?.ssl).toEqual({ rejectUnauthorized: false });
  });

  it("trusts the system's certificate authorities, and sslrootcert=system implies verify-full", () => {
    for (const text of [
      "sslmode=verify-full",
      "sslrootcert=system",
      "sslrootcert=system&sslmode=verify-full",
    ])
      expect(clientsOf(`postgres://one/wiki?${text}`).map(({ ssl }) => ssl)).toEqual([{}]);
    expect(() => parseConnectionString("postgres://one/wiki?sslrootcert=system&sslmode=require")).toThrow(
      'sslmode must be verify-full where sslrootcert is "system"; it is "require"',
    );
  });

  it("sets the timeout for connecting and whether the server must accept writes", () => {
    const target = parseConnectionString("postgres://one/wiki?connect_timeout=3&target_session_attrs=any");
    expect(target.endpoints[0]?.config.connectionTimeoutMillis).toBe(3000);
    expect(target.writable).toBe(false);
    expect(parseConnectionString("postgres://one/wiki").writable).toBe(true);
  });

  it("is displayed without user and password", () => {
    const { display } = parseConnectionString("postgres://ada:p@ss@one:1,two,[::1]/wiki?password=secret");
    expect(display).toBe("postgres://one:1,two,[::1]/wiki");
  });

  it.each([
    ["mysql://ada:secret@one/wiki", 'url must be of the form .* it is "mysql://…"'],
    ["user=ada password='secret", 'url must be of the form .* it is "(not shown)"'],
    ["secret", 'it is "(not shown)"'],
    ["", 'it is ""'],
    ["postgres://ada:secret/word@one/wiki", 'it is "postgres://…"'],
    ["postgres://ada:secret?word@one/wiki", 'it is "postgres://…"'],
    [
      "postgres://ada:secret@one:99999/wiki",
      'port in the connection string must be a whole number from 1 to 65535; it is "99999"',
    ],
    [
      "postgres://ada:secret",
      'port in the connection string must be a whole number from 1 to 65535; it is "(not shown)"',
    ],
    [
      "postgres://ada:secret/wiki",
      'port in the connection string must be a whole number from 1 to 65535; it is "(not shown)"',
    ],
    ["postgres://ada:secret@one/wiki?port=0", 'it is "0"'],
    [
      "postgres://ada:secret@%zz/wiki",
      'host in the connection string must be a name or an address, percent-encoded; it is "%zz"',
    ],
    ["postgres://ada:secret@one/wiki?sslmode=maybe", 'sslmode must be one of .* it is "maybe"'],
    [
      "postgres://ada:secret@one/wiki?sslmode=verify-ca",
      'verify-full where no sslrootcert is given; it is "ver',
    ],
    ["postgres://ada:secret@one/wiki?target_session_attrs=prefer-standby", 'any; it is "prefer-standby"'],
    ["postgres://ada:secret@one/wiki?target_session_attrs=read-only", 'any; it is "read-only"'],
    [
      "postgres://ada:secret@one/wiki?connect_timeout=soon",
      'connect_timeout must be a whole number of seconds; it is "soon"',
    ],
    [
      "host=one password=secret hostaddr=::1",
      'hostaddr must be left out, because it is not supported; it is "::1"',
    ],
    ["host=one channel_binding=require", "not supported, or prefer or disable; it is .require"],
    [
      "host=one sslpassword=secret",
      'sslpassword must be left out, because it is not supported; it is "(not shown)"',
    ],
    ["host=one pasword=secret", 'pasword must be left out, because it is not supported; it is "(not shown)"'],
    ["postgres://one/wiki?sslmod=require", "sslmod must be left out, because it is not supported"],
    ["postgres://one/wiki?constructor=1", "constructor must be left out, because it is not supported"],
  ])("is refused if it is invalid, without showing the password: %s", (text, message) => {
    const pattern = new RegExp(message.replace(/[()?]/g, "\\$&"));
    expect(() => parseConnectionString(text)).toThrow(InvalidArgumentError);
    expect(() => parseConnectionString(text)).toThrow(pattern);
    expect(() => parseConnectionString(text)).not.toThrow(/secret/);
  });

  it("passes any password on to pg unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (password) => {
        const encoded = encodeURIComponent(password);
        const quoted = password.replace(/['\\]/g, "\\$&");
        for (const text of [
          `postgres://ada:${encoded}@/wiki?host=/run&sslmode=disable`,
          `host=/run user=ada password='${quoted}'`,
        ]) {
          expect(clientsOf(text)[0]).toMatchObject({ user: "ada", password, host: "/run" });
        }
      }),
    );
  });
});
