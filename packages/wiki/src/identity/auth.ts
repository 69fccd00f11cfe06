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

/** The wiki's settings of better-auth, which describe its tables too. */
export function authOptions({ database, secret, baseUrl, secureCookies }: AuthSettings) {
  return {
    database,
    secret,
    baseURL: baseUrl,
    telemetry: { enabled: false },
    // Every failure is thrown too, apart from a sign-out that the database refused: that one is logged.
    logger: { level: "error" },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
    },
    user: {
      additionalFields: { role: { type: "string", required: true, defaultValue: "reader", input: false } },
    },
    // A session ends when its cookie does; looking one up never writes. Roles are read each time, uncached.
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

/** better-auth with these settings. Its HTTP handler is not used, only its functions. */
export function createAuth(options: ReturnType<typeof authOptions>) {
  return betterAuth(options);
}

export type Auth = ReturnType<typeof createAuth>;

/** The tables of better-auth, through its own adapter. */
export type Tables = Awaited<Auth["$context"]>["adapter"];
