import type { ClientConfig } from "pg";
import { InvalidArgumentError } from "../errors.ts";

/** A way to connect. */
export interface Way {
  readonly host: string;
  readonly config: ClientConfig;
}

/** What a connection string says, as far as pg does not read it by itself. */
export interface ConnectionTarget {
  /** In the order to try them: each host, and with `sslmode=prefer` each host without TLS, too. */
  readonly ways: readonly Way[];
  /** Whether only a server that takes writes will do. */
  readonly writable: boolean;
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

// scheme, user and password, hosts, path, query
const FORM = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;

/** What `sslmode` means to libpq, as the modes to try; pg alone takes some for others and has no fallback. */
const TLS_ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  disable: ["disable"],
  allow: ["disable", "prefer"],
  prefer: ["prefer", "disable"],
  require: ["require"],
  "verify-ca": ["verify-ca"],
  "verify-full": ["verify-full"],
  "no-verify": ["no-verify"],
};

const WRITABLE_BY_ATTRIBUTE: Readonly<Record<string, boolean>> = {
  "read-write": true,
  primary: true,
  any: false,
  "read-only": false,
  standby: false,
  "prefer-standby": false,
};

/**
 * Reads a connection string as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html), which
 * takes several hosts and falls back to a connection without TLS, and leaves the rest to pg.
 * @throws InvalidArgumentError, which does not repeat the password
 */
export function parseConnectionString(url: string): ConnectionTarget {
  const [, scheme, credentials = "", authority = "", path = "", query = ""] = FORM.exec(url) ?? [];
  if (scheme === undefined)
    throw new InvalidArgumentError("url", "something else", "of the form postgres://user@host:port/database");
  const parameters = new URLSearchParams(query);
  const attribute = take(parameters, "target_session_attrs") ?? "read-write";
  const writable = WRITABLE_BY_ATTRIBUTE[attribute];
  if (writable === undefined)
    throw new InvalidArgumentError("target_session_attrs", attribute, oneOf(WRITABLE_BY_ATTRIBUTE));
  const connectionTimeoutMillis = connectTimeout(take(parameters, "connect_timeout"));
  const hosts = hostsOf(authority, parameters);
  const ways = hosts.flatMap(({ name, host, hostParameters, local }) =>
    tlsAttempts(hostParameters, local).map((attempt) => ({
      host: name,
      config: {
        connectionString: `${scheme}${credentials}${host}${path}?${attempt}`,
        connectionTimeoutMillis,
      },
    })),
  );
  const names = hosts.map(({ name }) => name).join(",");
  return { ways, writable, display: `${scheme}${names}${path}` };
}

interface Host {
  readonly name: string;
  /** As it stands in a URL, or "" when it is among the parameters. */
  readonly host: string;
  readonly hostParameters: URLSearchParams;
  /** A Unix socket, on which there is no TLS. */
  readonly local: boolean;
}

function hostsOf(authority: string, parameters: URLSearchParams): Host[] {
  const listed = take(parameters, "host")?.split(",");
  const ports = take(parameters, "port")?.split(",") ?? [];
  if (listed === undefined)
    return authority.split(",").map((host) => {
      const hostParameters = new URLSearchParams(parameters);
      if (ports[0] !== undefined) hostParameters.set("port", ports[0]);
      return { name: host, host, hostParameters, local: /^%2f/i.test(host) };
    });
  return listed.map((name, index) => {
    const hostParameters = new URLSearchParams(parameters);
    hostParameters.set("host", name);
    const port = ports[index] ?? ports[0];
    if (port !== undefined) hostParameters.set("port", port);
    return { name, host: "", hostParameters, local: name.startsWith("/") };
  });
}

/** The parameters of each attempt, in the order to try them. */
function tlsAttempts(parameters: URLSearchParams, local: boolean): URLSearchParams[] {
  // These two are pg's own, and whoever uses them wants what pg makes of them.
  if (local || parameters.has("ssl") || parameters.has("uselibpqcompat")) return [parameters];
  const mode = parameters.get("sslmode") ?? process.env.PGSSLMODE ?? "prefer";
  const attempts = TLS_ATTEMPTS[mode];
  if (attempts === undefined) throw new InvalidArgumentError("sslmode", mode, oneOf(TLS_ATTEMPTS));
  return attempts.map((attempt) => {
    const changed = new URLSearchParams(parameters);
    changed.set("sslmode", attempt);
    if (attempt !== "no-verify") changed.set("uselibpqcompat", "true");
    return changed;
  });
}

/** In seconds, where 0 waits for ever. */
function connectTimeout(value: string | undefined): number {
  if (value === undefined) return DEFAULT_CONNECT_TIMEOUT_MS;
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError("connect_timeout", value, "seconds");
  return Number(value) * 1000;
}

function take(parameters: URLSearchParams, name: string): string | undefined {
  const value = parameters.get(name) ?? undefined;
  parameters.delete(name);
  return value;
}

function oneOf(values: Readonly<Record<string, unknown>>): string {
  return `one of ${Object.keys(values).join(", ")}`;
}
