import { CodedError } from "@palimpsest/eventsourcing";
import { APIError, betterAuth } from "better-auth";
import { personOf } from "./accounts.ts";
import type { AuthOptions } from "./auth-options.ts";
import { SignInFailedError } from "./errors.ts";
import type { Credentials, SignedIn } from "./person.ts";

// Loading better-auth takes half a second, so this module is loaded for the first sign-in.

export type SignIn = (credentials: Credentials) => Promise<SignedIn>;

/** Creates better-auth, and returns its sign-in. The wiki does not use its HTTP handler. */
export function createSignIn(options: AuthOptions): SignIn {
  const auth = betterAuth(options);
  return async ({ email, password }) => {
    try {
      const { headers, response } = await auth.api.signInEmail({
        body: { email: email.trim(), password },
        returnHeaders: true,
      });
      return { person: personOf(response.user), setCookies: headers.getSetCookie() };
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      if (error.cause instanceof CodedError) throw error.cause;
      // better-auth rejects malformed credentials with other errors.
      if (error.statusCode < 500) throw new SignInFailedError();
      throw error;
    }
  };
}
