import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field } from "../parts/field.tsx";
import { type FormErrors, FormTrouble } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";

export type SignInProps = {
  /** What stands in the e-mail field; a password is never sent back. */
  readonly email: string;
  /** The address to go on to afterwards, posted as `return`. */
  readonly returnTo: string;
  /** Whether anybody may make an account. */
  readonly signUpOpen: boolean;
  readonly notice?: "signed-out" | "required";
  readonly errors?: FormErrors<"email" | "password">;
};

const notices = {
  "signed-out": "You are signed out.",
  required: "Sign in to go on.",
} as const;

/** Where a person signs in with e-mail and password. */
export function signIn(props: SignInProps): Screen {
  return { title: "Sign in", body: <SignInForm {...props} /> };
}

function SignInForm({ email, returnTo, signUpOpen, notice, errors = {} }: SignInProps): VNode {
  return (
    <MainPart shape="narrow">
      {notice !== undefined && <Notice>{notices[notice]}</Notice>}
      <h1>Sign in</h1>
      <FormTrouble errors={errors} />
      <form class="form" method="post" action={addresses.signIn()}>
        <input type="hidden" name="return" value={returnTo} />
        <Field
          name="email"
          label="E-mail"
          type="email"
          value={email}
          error={errors.email}
          autoComplete="username"
          dir="ltr"
        />
        <Field
          name="password"
          label="Password"
          type="password"
          value=""
          error={errors.password}
          autoComplete="current-password"
        />
        <div class="actions">
          <button class="button main" type="submit">
            Sign in
          </button>
        </div>
      </form>
      <p class="aside">
        {signUpOpen ? (
          <>
            No account yet? <a href={addresses.signUp}>Make one</a>.
          </>
        ) : (
          "No account yet? An administrator of this wiki can make one for you."
        )}
      </p>
    </MainPart>
  );
}
