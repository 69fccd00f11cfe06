import { type BetterAuthOptions, betterAuth } from "better-auth";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./person.ts";

/** How long a person stays signed in on one browser. */
const SESSION_SECONDS = 30 * 24 * 60 * 60;

export interface AuthSettings {
  readonly database: NonNullable<BetterAuthOptions["database"]>;
  readonly secret: string;
  readonly baseUrl: string;
  readonly secureCookies: boolean;
}

/** Returns the wiki's options of better-auth, which also describe its tables. */
export function authOptions({ database, secret, baseUrl, secureCookies }: AuthSettings) {
  return {
    database,
    secret,
    baseURL: baseUrl,
    telemetry: { enabled: false },
    // Failures are thrown. Only a sign-out that the database rejects is logged instead.
    logger: { level: "error" },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
    },
    user: {
      additionalFields: { role: { type: "string", required: true, defaultValue: "reader", input: false } },
    },
    // A session ends with its cookie. Looking one up never writes, and reads the role each time.
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true, cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: "palimpsest",
      useSecureCookies: secureCookies,
      database: { generateId: "uuid" },
      ipAddress: { disableIpTracking: true },
    },
  } satisfies BetterAuthOptions;
}

/** Creates better-auth. The wiki calls its functions and does not use its HTTP handler. */
export function createAuth(options: ReturnType<typeof authOptions>) {
  return betterAuth(options);
}

export type Auth = ReturnType<typeof createAuth>;

/** better-auth's own access to its tables. */
export type AuthContext = Pick<Awaited<Auth["$context"]>, "adapter" | "internalAdapter">;
