import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { type AccountProps, account } from "./account.tsx";
import { firstAdministrator } from "./first-administrator.tsx";
import { type SignInProps, signIn } from "./sign-in.tsx";
import { signUp } from "./sign-up.tsx";

describe("signing in", () => {
  const props: SignInProps = { email: `a"@b`, returnTo: "/a", signUpOpen: false };
  const draw = (more: Partial<SignInProps>) => renderToString(signIn({ ...props, ...more }).body);

  test("keeps the e-mail and where to go on, and never a password", () => {
    const html = draw({ errors: { form: "E-mail and password do not match." } });
    expect(html).toContain('value="a&quot;@b"');
    expect(html).toContain('name="return" value="/a"');
    expect(html).toMatch(/role="alert"><p>E-mail and password do not match/);
    expect(html).toMatch(/name="password" value dir/);
  });

  test("offers to make an account only where that is open", () => {
    expect(draw({ signUpOpen: true })).toContain('href="/-/sign-up"');
    expect(draw({})).not.toContain("/-/sign-up");
  });

  test("says why one is here", () => {
    expect(draw({ notice: "signed-out" })).toContain("You are signed out.");
    expect(draw({ notice: "required" })).toContain("Sign in to go on.");
  });
});

test("signing up says what is wrong with a field and keeps the others", () => {
  const values = { name: "Ada", email: "ada@example.org" };
  const errors = { password: "Too short." };
  const html = renderToString(signUp({ values, minPasswordLength: 8, errors }).body);
  expect(html).toContain('value="Ada"');
  expect(html).toContain('minlength="8"');
  expect(html).toContain('id="-field-password-error">Too short.');
});

describe("the first administrator", () => {
  test("is made with the link's token", () => {
    const values = { name: "", email: "" };
    const screen = firstAdministrator({
      link: "valid",
      token: "once",
      values,
      minPasswordLength: 8,
    });
    expect(renderToString(screen.body)).toContain('name="token" value="once"');
  });

  test("is not made with a dead link", () => {
    const used = renderToString(firstAdministrator({ link: "used" }).body);
    expect(used).toContain("/-/sign-in");
    expect(used).not.toContain("<form");
    expect(renderToString(firstAdministrator({ link: "invalid" }).body)).toContain("palimpsest user add");
  });
});

describe("an account", () => {
  const token = { id: "t1", name: "<Import>", createdAt: "2026-03-03T10:00:00Z" };
  const props: AccountProps = { name: "Ada", email: "a@b.c", role: "editor", tokens: [token] };
  const draw = (more: Partial<AccountProps>) => renderToString(account({ ...props, ...more }).body);

  test.each([
    ["reader", "can read"],
    ["editor", "can read and write"],
    ["admin", "can do everything"],
  ] as const)("with the role %s %s", (role, words) => {
    expect(draw({ role })).toContain(words);
  });

  test("lists its tokens, each with a form that revokes it", () => {
    const html = draw({});
    expect(html).toContain("&lt;Import>");
    expect(html).toMatch(/action="\/-\/account\/tokens\/revoke"[\s\S]*name="id" value="t1"/);
    expect(html).not.toContain("secret");
  });

  test("shows a new token's secret, this once", () => {
    const html = draw({ newToken: { name: "Import", secret: "pal_1" } });
    expect(html).toMatch(/shown this once[\s\S]*<code class="secret">pal_1<\/code>/);
  });

  test("says that a token is revoked, and what a new one lacks", () => {
    expect(draw({ notice: "revoked" })).toContain("is revoked");
    expect(draw({ errors: { name: "Say what it is for." } })).toContain('id="-field-name-error"');
  });
});
