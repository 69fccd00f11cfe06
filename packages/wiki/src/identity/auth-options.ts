import type { BetterAuthOptions } from "better-auth";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./person.ts";
import { COOKIE_PREFIX } from "./session-cookie.ts";

/** How long a person stays signed in on one browser. */
const SESSION_SECONDS = 30 * 24 * 60 * 60;

interface AuthSettings {
  readonly database: NonNullable<BetterAuthOptions["database"]>;
  readonly secret: string;
  readonly baseUrl: string;
  readonly secureCookies: boolean;
}

export type AuthOptions = ReturnType<typeof authOptions>;

/** Returns the wiki's options of better-auth, which also describe its tables. */
export function authOptions({ database, secret, baseUrl, secureCookies }: AuthSettings) {
  return {
    database,
    secret,
    baseURL: baseUrl,
    telemetry: { enabled: false },
    // Failures are thrown.
    logger: { level: "error" },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
    },
    user: {
      additionalFields: { role: { type: "string", required: true, defaultValue: "reader", input: false } },
    },
    // A session ends with its cookie. The wiki looks it up itself.
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true, cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: secureCookies,
      database: { generateId: "uuid" },
      ipAddress: { disableIpTracking: true },
    },
  } satisfies BetterAuthOptions;
}
