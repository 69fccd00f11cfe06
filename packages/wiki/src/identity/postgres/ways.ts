/** A way to connect. */
interface Way {
  /** Its place in the list; several ways may lead to one host. */
  readonly host: number;
  /** What to give pg. */
  readonly url: string;
}

/** What a connection string says, as far as pg does not read it by itself. */
export interface Ways {
  /** In the order to try them: each host, and where TLS is only preferred each host without it, too. */
  readonly ways: readonly Way[];
  /** Whether only a server that takes writes will do. */
  readonly writable: boolean;
}

// scheme, user and password; hosts; database; parameters
const FORM = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;
const READING_WILL_DO = /^(any|read-only|standby|prefer-standby)$/;

/** The modes of TLS to try, as libpq does (https://www.postgresql.org/docs/current/libpq-ssl.html). */
const TLS_ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  allow: ["disable", "prefer"],
  prefer: ["prefer", "disable"],
};

/** Reads a connection string as the recorder of the events does, which has refused those that cannot be. */
export function waysOf(url: string): Ways {
  const [, start = "", authority = "", path = "", query = ""] = FORM.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  const writable = !READING_WILL_DO.test(parameters.get("target_session_attrs") ?? "");
  for (const name of ["target_session_attrs", "connect_timeout"]) parameters.delete(name);
  const ways = hostsOf(authority, parameters).flatMap(([host, own], index) =>
    tlsAttempts(host, own).map((attempt) => ({
      host: index,
      url: `${start}${host}${path}?${attempt}`,
    })),
  );
  return { ways, writable };
}

/** Each host as it stands in a URL, or "" where it is among the parameters, and its parameters. */
function hostsOf(authority: string, parameters: URLSearchParams): (readonly [string, URLSearchParams])[] {
  const listed = parameters.get("host")?.split(",");
  const ports = parameters.get("port")?.split(",") ?? [];
  return (listed ?? authority.split(",")).map((host, index) => {
    const own = new URLSearchParams(parameters);
    const port = listed === undefined ? ports[0] : (ports[index] ?? ports[0]);
    if (port !== undefined) own.set("port", port);
    if (listed !== undefined) own.set("host", host);
    return [listed === undefined ? host : "", own] as const;
  });
}

function tlsAttempts(host: string, parameters: URLSearchParams): URLSearchParams[] {
  const isSocket = /^(%2f|\/)/i.test(host || (parameters.get("host") ?? ""));
  // These two are pg's own, and whoever uses them wants what pg makes of them.
  if (isSocket || parameters.has("ssl") || parameters.has("uselibpqcompat")) return [parameters];
  const mode = parameters.get("sslmode") ?? process.env.PGSSLMODE ?? "prefer";
  return (TLS_ATTEMPTS[mode] ?? [mode]).map((attempt) => {
    const own = new URLSearchParams(parameters);
    own.set("sslmode", attempt);
    if (attempt !== "no-verify") own.set("uselibpqcompat", "true");
    return own;
  });
}
