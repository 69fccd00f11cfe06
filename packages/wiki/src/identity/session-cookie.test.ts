import { betterAuth } from "better-auth";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ada, SECRET } from "../../../../test/accounts.ts";
import { SessionCookie } from "./session-cookie.ts";

/** Returns the session token and the cookie that better-auth sets for it. */
async function signUpWithBetterAuth(secureCookies: boolean) {
  const auth = betterAuth({
    secret: SECRET,
    baseURL: "http://localhost:3000",
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    advanced: { cookiePrefix: "palimpsest", useSecureCookies: secureCookies },
    logger: { disabled: true },
  });
  const { headers, response } = await auth.api.signUpEmail({ body: ada, returnHeaders: true });
  const [cookie = ""] = headers.getSetCookie();
  return { token: response.token, header: cookie.split(";")[0] ?? "" };
}

test.each([false, true])("finds the token in a cookie of better-auth (secure: %s)", async (secureCookies) => {
  const cookie = new SessionCookie({ secret: SECRET, secureCookies });
  const { token, header } = await signUpWithBetterAuth(secureCookies);
  for (const text of [header, `a=b; ${header}`, `${header};c=d`, ` x=;${header} ; ${header}x`]) {
    expect(cookie.tokenOf(cookie.valueIn(text) ?? "")).toBe(token);
  }
  const other = new SessionCookie({ secret: SECRET, secureCookies: !secureCookies });
  expect(other.valueIn(header)).toBeUndefined();
});

test("refuses a value with any other character, or signed with another secret", async () => {
  const cookie = new SessionCookie({ secret: SECRET, secureCookies: false });
  const { token, header } = await signUpWithBetterAuth(false);
  const value = decodeURIComponent(cookie.valueIn(header) ?? "");
  expect(cookie.tokenOf(value)).toBe(token);
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.string({ maxLength: 2 }), (index, text) => {
      const changed = value.slice(0, index) + text + value.slice(index + 1);
      expect(cookie.tokenOf(changed)).toBe(changed === value ? token : undefined);
    }),
  );
  const otherSecret = new SessionCookie({ secret: `${SECRET}x`, secureCookies: false });
  expect(otherSecret.tokenOf(value)).toBeUndefined();
  for (const text of ["", ".", `.${value.split(".")[1]}`, "%", "%E0%A4%A"]) {
    expect(cookie.tokenOf(text)).toBeUndefined();
  }
});
