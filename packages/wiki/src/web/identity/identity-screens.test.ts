import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type AccountProps, account } from "./account.tsx";
import { type InvitationProps, invitation } from "./invitation.tsx";
import { type SignInProps, signIn } from "./sign-in.tsx";
import { signUp } from "./sign-up.tsx";

describe("the sign-in screen", () => {
  const props: SignInProps = { email: `a"@b`, returnTo: "/a", signUpOpen: false };
  const draw = (more: Partial<SignInProps>) => renderToString(signIn({ ...props, ...more }).body);

  test("keeps the e-mail and the address to return to, and never a password", () => {
    const html = draw({ errors: { form: "Wrong." } });
    expect(html).toContain('value="a&quot;@b"');
    expect(html).toContain('name="return" value="/a"');
    expect(html).toMatch(/role="alert"><p>Wrong\./);
    expect(html).toMatch(/name="password" value dir/);
  });

  test("links to sign-up only if sign-up is open", () => {
    expect(draw({ signUpOpen: true })).toContain('href="/-/sign-up"');
    expect(draw({})).not.toContain("/-/sign-up");
  });

  test("explains why it is shown", () => {
    expect(draw({ notice: "signed-out" })).toContain(strings.identity.signedOut);
    expect(draw({ notice: "required" })).toContain(strings.identity.signInRequired);
  });
});

test("the sign-up screen shows the error of a field and keeps the other fields", () => {
  const values = { name: "Ada", email: "ada@example.org" };
  const errors = { password: "Too short." };
  const html = renderToString(signUp({ values, minPasswordLength: 8, errors }).body);
  expect(html).toContain('value="Ada"');
  expect(html).toContain('minlength="8"');
  expect(html).toContain('id="-field-password-error">Too short.');
});

describe("the form of an invitation", () => {
  const props: InvitationProps = {
    secret: "a/b",
    role: "editor",
    wikiName: "<Handbook>",
    signedInAs: null,
    values: { name: "", email: "" },
    minPasswordLength: 8,
  };

  test("posts to the address of its secret, and names the wiki and the role", () => {
    const html = renderToString(invitation(props).body);
    expect(html).toContain('action="/-/invitation/a%2Fb"');
    expect(html).toContain("&lt;Handbook>");
    expect(html).toContain(strings.identity.roles.editor);
  });

  test("is not shown to a person who is signed in", () => {
    const html = renderToString(invitation({ ...props, signedInAs: "Ada" }).body);
    expect(html).toContain("You are signed in as");
    expect(html).not.toContain("<form");
  });
});

describe("an account", () => {
  const token = { id: "t1", name: "<Import>", createdAt: "2026-03-03T10:00:00Z" };
  const props: AccountProps = { name: "Ada", email: "a@b.c", role: "editor", tokens: [token] };
  const draw = (more: Partial<AccountProps>) => renderToString(account({ ...props, ...more }).body);

  test.each(["reader", "editor", "admin"] as const)("shows the role %s", (role) => {
    expect(draw({ role })).toContain(strings.identity.roles[role]);
  });

  test("lists its tokens, each with a form that revokes it", () => {
    const html = draw({});
    expect(html).toContain("&lt;Import>");
    expect(html).toMatch(/action="\/-\/account\/tokens\/revoke"[\s\S]*name="id" value="t1"/);
    expect(html).not.toContain("secret");
  });

  test("shows the secret of a new token", () => {
    const html = draw({ newToken: { name: "Import", secret: "pal_1" } });
    expect(html).toMatch(/role="status"[\s\S]*Import[\s\S]*<code class="secret">pal_1<\/code>/);
  });

  test("shows that a token was revoked, and why a new token was refused", () => {
    expect(draw({ notice: "revoked" })).toContain(strings.identity.tokenRevoked);
    expect(draw({ errors: { name: "Say what it is for." } })).toContain('id="-field-name-error"');
  });
});
