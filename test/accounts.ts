import type { Database } from "../packages/wiki/src/config.ts";
import { type Identity, type IdentityOptions, openIdentity } from "../packages/wiki/src/identity/identity.ts";

export const SECRET = "a secret of the tests, long enough";
export const ada = { email: "ada@example.org", name: "Ada Lovelace", password: "analytical engine" };
export const grace = { email: "grace@example.org", name: "Grace Hopper", password: "nanoseconds" };

/** Opens the accounts of `database`. Sign-up is open unless `changed` overrides it. */
export function open(database: Database, changed: Partial<IdentityOptions> = {}): Promise<Identity> {
  const options = { secret: SECRET, baseUrl: "http://localhost:3000", secureCookies: false };
  return openIdentity({ ...options, signUp: "open", database, ...changed });
}

/** Returns the `Cookie` header that a browser sends after these answers. */
export function browser(...answers: { setCookies: string[] }[]): string {
  const cookies = new Map<string, string>();
  for (const line of answers.flatMap(({ setCookies }) => setCookies)) {
    const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
    if (/max-age=0/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}
