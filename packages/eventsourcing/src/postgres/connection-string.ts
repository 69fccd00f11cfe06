import type { ClientConfig } from "pg";
import { InvalidArgumentError } from "../errors.ts";

/** A way to connect. */
export interface Way {
  /** With its port: several servers may be on one machine. */
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
const DEFAULT_PORT = "5432";

const EXPECTED =
  "of the form postgres://user:password@host:port/database, with / ? # @ in a user or password written as " +
  "%2F %3F %23 %40, or of the form host=… port=… dbname=… user=…";

// scheme, user and password, hosts, path, query
const URL_FORM = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
const KEYWORD_AND_VALUE = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/gsy;

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
};

interface NotSupported {
  /** The variable of the environment that libpq reads where the parameter is not given. */
  readonly variable?: string;
  /** The values that ask for nothing that pg does not do. */
  readonly harmless: readonly string[];
}

/**
 * What libpq has and pg would pass over in silence: another server could be asked than was meant, or be trusted more
 * than it should.
 */
const NOT_SUPPORTED: Readonly<Record<string, NotSupported>> = {
  channel_binding: { variable: "PGCHANNELBINDING", harmless: ["prefer", "disable"] },
  gssencmode: { variable: "PGGSSENCMODE", harmless: ["prefer", "disable"] },
  hostaddr: { variable: "PGHOSTADDR", harmless: [] },
  load_balance_hosts: { variable: "PGLOADBALANCEHOSTS", harmless: ["disable"] },
  // Its variable, PGPASSFILE, pg reads.
  passfile: { harmless: [] },
  require_auth: { variable: "PGREQUIREAUTH", harmless: [] },
  requirepeer: { variable: "PGREQUIREPEER", harmless: [] },
  // Replaced by sslmode; libpq still reads the variable.
  requiressl: { variable: "PGREQUIRESSL", harmless: ["0"] },
  service: { variable: "PGSERVICE", harmless: [] },
  ssl_max_protocol_version: { variable: "PGSSLMAXPROTOCOLVERSION", harmless: [] },
  ssl_min_protocol_version: {
    variable: "PGSSLMINPROTOCOLVERSION",
    harmless: ["TLSv1", "TLSv1.1", "TLSv1.2"],
  },
  sslcertmode: { variable: "PGSSLCERTMODE", harmless: ["allow"] },
  sslcrl: { variable: "PGSSLCRL", harmless: [] },
  sslcrldir: { variable: "PGSSLCRLDIR", harmless: [] },
  sslpassword: { harmless: [] },
};

/** What pg reads by itself, and what of libpq's may be passed over, as it only tunes. */
const LEFT_TO_PG: ReadonlySet<string> = new Set([
  "application_name",
  "client_encoding",
  "fallback_application_name",
  "idle_in_transaction_session_timeout",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "lock_timeout",
  "options",
  "password",
  "query_timeout",
  "ssl",
  "sslcompression",
  "sslnegotiation",
  "sslsni",
  "statement_timeout",
  "tcp_user_timeout",
  "uselibpqcompat",
  "user",
]);

/**
 * Reads a connection string as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html), with the
 * variables of the environment for what it leaves out. Several hosts, and falling back to a connection without TLS,
 * become ways to connect; the rest is left to pg. What pg does not do is refused, also where the environment says it.
 * @throws InvalidArgumentError, which does not repeat the password
 */
export function parseConnectionString(text: string): ConnectionTarget {
  const { scheme, credentials, authority, path, parameters } = partsOf(text);
  refuseNotSupported(parameters);
  const attribute = take(parameters, "target_session_attrs") ?? "read-write";
  const writable = WRITABLE_BY_ATTRIBUTE[attribute];
  if (writable === undefined)
    throw new InvalidArgumentError("target_session_attrs", attribute, oneOf(WRITABLE_BY_ATTRIBUTE));
  const connectionTimeoutMillis = connectTimeout(take(parameters, "connect_timeout"));
  const hosts = hostsOf(authority, parameters);
  const ways = hosts.flatMap(({ name, port }) =>
    tlsAttempts(parameters, name.startsWith("/")).map((attempt) => {
      attempt.set("host", name);
      attempt.set("port", port);
      // pg takes the host from the parameters, where a socket and an IPv6 address need no other form.
      const connectionString = `${scheme}${credentials}localhost${path}?${attempt}`;
      return { host: `${name}:${port}`, config: { connectionString, connectionTimeoutMillis } };
    }),
  );
  return { ways, writable, display: `${scheme}${hosts.map(displayOf).join(",")}${path}` };
}

interface Parts {
  readonly scheme: string;
  /** With "@" at its end, or "". */
  readonly credentials: string;
  readonly authority: string;
  /** The database with "/" before it, or "". */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

function partsOf(text: string): Parts {
  const keywords = keywordsOf(text);
  const [, scheme, credentials = "", authority = "", path = "", query = ""] =
    keywords === undefined ? (URL_FORM.exec(text) ?? []) : [text, "postgres://"];
  if (scheme === undefined) throw new InvalidArgumentError("url", beginningOf(text), EXPECTED);
  const parameters = keywords ?? new URLSearchParams(query);
  // A password with one of / ? in it, which ended too early: the rest of it is not to be taken for a host or a port.
  if (path.includes("@") || [...parameters.keys()].some((name) => name.includes("@")))
    throw new InvalidArgumentError("url", beginningOf(scheme), EXPECTED);
  const database = parameters.get("dbname");
  parameters.delete("dbname");
  return {
    scheme,
    credentials: escaped(credentials),
    authority,
    path: database === null ? escaped(path) : `/${encodeURIComponent(database)}`,
    parameters,
  };
}

/** What is not percent-encoded as it should be has pg encode everything once more. */
function escaped(part: string): string {
  return part.replace(/%(?![\da-f]{2})/gi, "%25").replaceAll(" ", "%20");
}

/** The values of a string such as `host=localhost dbname='the wiki'`; undefined if it is none. */
function keywordsOf(text: string): URLSearchParams | undefined {
  const values = new URLSearchParams();
  let end = 0;
  for (const [all, name = "", quoted, plain = ""] of text.matchAll(KEYWORD_AND_VALUE)) {
    values.set(name, (quoted ?? plain).replace(/\\(.)/gs, "$1"));
    end += all.length;
  }
  return end > 0 && end === text.length ? values : undefined;
}

/** What may be shown of a string that is something else, and may hold a password anywhere. */
function beginningOf(text: string): string {
  const [scheme] = /^[a-z][a-z\d+.-]*:\/\//i.exec(text) ?? [];
  return scheme === undefined ? text && "(not shown)" : `${scheme}…`;
}

function refuseNotSupported(parameters: URLSearchParams): void {
  // What the string says counts, whatever the environment does.
  for (const [name, { variable, harmless }] of Object.entries(NOT_SUPPORTED)) {
    if (variable === undefined || parameters.has(name)) continue;
    const value = process.env[variable] ?? "";
    if (value !== "" && !harmless.includes(value))
      throw new InvalidArgumentError(variable, value, `unset, ${notSupported(harmless)}`);
  }
  for (const [name, value] of [...parameters]) {
    if (LEFT_TO_PG.has(name) || Object.hasOwn(VARIABLES, name)) continue;
    const harmless = Object.hasOwn(NOT_SUPPORTED, name) ? NOT_SUPPORTED[name]?.harmless : undefined;
    parameters.delete(name);
    if (harmless?.includes(value)) continue;
    // Of a name that nobody knows, as a mistyped one, the value may be anything.
    const shown = harmless === undefined || name === "sslpassword" ? "(not shown)" : value;
    throw new InvalidArgumentError(name, shown, `left out, ${notSupported(harmless ?? [])}`);
  }
}

function notSupported(harmless: readonly string[]): string {
  return `as it is not supported${harmless.length > 0 ? `, or ${harmless.join(" or ")}` : ""}`;
}

interface Host {
  /** A name, an address, or the folder of a Unix socket. */
  readonly name: string;
  readonly port: string;
}

function hostsOf(authority: string, parameters: URLSearchParams): Host[] {
  const listed = authority.split(",").map((part) => HOST_AND_PORT.exec(part) ?? []);
  const names = listed.map(([, name = ""]) => unescaped(name.replace(/^\[(.*)\]$/s, "$1"))).join(",");
  const ports = listed.map(([, , port = ""]) => port).join(",");
  const hosts = (takeHere(parameters, "host") || names || fromEnvironment("host") || "localhost").split(",");
  const listedPorts = /[^,]/.test(ports) ? ports : "";
  const given = takeHere(parameters, "port") || listedPorts || fromEnvironment("port") || DEFAULT_PORT;
  const portOf = given.split(",");
  if (portOf.length > 1 && portOf.length !== hosts.length)
    throw new InvalidArgumentError(
      "port",
      given,
      `one for all hosts, or one for each of the ${hosts.length}`,
    );
  return hosts.map((name, index) => ({
    name: name || "localhost",
    port: checkedPort(portOf[portOf.length === 1 ? 0 : index] || DEFAULT_PORT),
  }));
}

function checkedPort(port: string): string {
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return port;
  throw new InvalidArgumentError("port", port, "a whole number from 1 to 65535");
}

function unescaped(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    throw new InvalidArgumentError("host", host, "a name or an address, percent-encoded");
  }
}

function displayOf({ name, port }: Host): string {
  const host = name.includes(":") ? `[${name}]` : name.startsWith("/") ? encodeURIComponent(name) : name;
  return port === DEFAULT_PORT ? host : `${host}:${port}`;
}

/** The parameters of each attempt, in the order to try them. */
function tlsAttempts(parameters: URLSearchParams, local: boolean): URLSearchParams[] {
  // These two are pg's own, and whoever uses them wants what pg makes of them.
  if (parameters.has("ssl") || parameters.has("uselibpqcompat")) return [new URLSearchParams(parameters)];
  const others = new URLSearchParams(parameters);
  const root = take(others, "sslrootcert");
  const mode = take(others, "sslmode") ?? (root === "system" ? "verify-full" : "prefer");
  const files = { sslrootcert: root, sslcert: take(others, "sslcert"), sslkey: take(others, "sslkey") };
  const attempts = TLS_ATTEMPTS[mode];
  if (attempts === undefined) throw new InvalidArgumentError("sslmode", mode, oneOf(TLS_ATTEMPTS));
  if (root === "system" && mode !== "verify-full")
    throw new InvalidArgumentError("sslmode", mode, 'verify-full where sslrootcert is "system"');
  if (root === undefined && mode === "verify-ca")
    throw new InvalidArgumentError("sslmode", mode, "verify-full where no sslrootcert is given");
  // On a Unix socket there is no TLS, whatever the mode.
  return (local ? ["disable"] : attempts).map((attempt) => {
    const changed = new URLSearchParams(others);
    changed.set("sslmode", attempt);
    if (attempt !== "no-verify") changed.set("uselibpqcompat", "true");
    // The authorities of the system are those of Node, where none is named.
    for (const [name, file] of Object.entries(attempt === "disable" ? {} : files))
      if (file !== undefined && file !== "system") changed.set(name, file);
    return changed;
  });
}

/** In seconds, where 0 waits for ever. */
function connectTimeout(value: string | undefined): number {
  if (value === undefined) return DEFAULT_CONNECT_TIMEOUT_MS;
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError("connect_timeout", value, "seconds");
  return Number(value) * 1000;
}

/** Removes a parameter, which pg is not to see, and returns it, or else what the environment says. */
function take(parameters: URLSearchParams, name: string): string | undefined {
  return takeHere(parameters, name) || fromEnvironment(name) || undefined;
}

function takeHere(parameters: URLSearchParams, name: string): string | undefined {
  const value = parameters.get(name) ?? undefined;
  parameters.delete(name);
  return value;
}

const VARIABLES: Readonly<Record<string, string>> = {
  connect_timeout: "PGCONNECT_TIMEOUT",
  host: "PGHOST",
  port: "PGPORT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  target_session_attrs: "PGTARGETSESSIONATTRS",
};

function fromEnvironment(name: string): string | undefined {
  return process.env[VARIABLES[name] ?? ""];
}

function oneOf(values: Readonly<Record<string, unknown>>): string {
  return `one of ${Object.keys(values).join(", ")}`;
}
