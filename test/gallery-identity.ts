import { errorText } from "../packages/wiki/src/web/error-text.ts";
import { account } from "../packages/wiki/src/web/identity/account.tsx";
import { invitation } from "../packages/wiki/src/web/identity/invitation.tsx";
import { signIn } from "../packages/wiki/src/web/identity/sign-in.tsx";
import { signUp } from "../packages/wiki/src/web/identity/sign-up.tsx";
import { editor, longWord, type Row, visitor } from "./gallery-frames.ts";

const person = { name: "Ada Lovelace", email: "ada@example.org" };

export const identityScreens: readonly Row[] = [
  [
    "sign-in",
    { ...visitor, current: "sign-in" },
    signIn({ email: "", returnTo: "/", signUpOpen: true, notice: "required" }),
  ],
  [
    "sign-in-error",
    visitor,
    signIn({
      email: person.email,
      returnTo: "/",
      signUpOpen: false,
      errors: { form: errorText("sign-in-failed", undefined) },
    }),
  ],
  [
    "sign-up",
    visitor,
    signUp({
      values: person,
      minPasswordLength: 10,
      errors: { password: "The password is too short." },
    }),
  ],
  [
    "invitation",
    { ...visitor, current: "sign-in" },
    invitation({
      ...{ secret: "s", role: "editor", wikiName: "Team handbook", signedInAs: null },
      ...{
        values: person,
        minPasswordLength: 8,
        errors: { email: "ada@example.org already has an account." },
      },
    }),
  ],
  [
    "invitation-signed-in",
    editor,
    invitation({
      ...{ secret: "s", role: "admin", wikiName: longWord, signedInAs: "Ada Lovelace" },
      ...{ values: { name: "", email: "" }, minPasswordLength: 8 },
    }),
  ],
  [
    "account",
    { ...editor, current: "account" },
    account({
      ...person,
      role: "editor",
      tokens: [
        {
          id: "1",
          name: "Nightly import",
          createdAt: "2026-01-10T10:00:00Z",
        },
        { id: "2", name: longWord, createdAt: "2026-01-10T10:00:00Z" },
      ],
      newToken: { name: "Nightly import", secret: "pal_7Hx2mQ9sVtR4kLwZ8nB1cD5fG6jK0pYa" },
    }),
  ],
  [
    "account-new",
    { ...editor, current: "account" },
    account({
      ...person,
      role: "reader",
      tokens: [],
      errors: { name: "Say what the token is for." },
    }),
  ],
];
