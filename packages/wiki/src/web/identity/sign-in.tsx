import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type SignInProps = {
  /** The value of the e-mail field. Passwords are never sent back. */
  readonly email: string;
  /** The address to open after signing in, posted as `return`. */
  readonly returnTo: string;
  /** Whether everybody may create an account. */
  readonly signUpOpen: boolean;
  readonly notice?: "signed-out" | "required";
  readonly errors?: FormErrors<"email" | "password">;
};

export function signIn(props: SignInProps): Screen {
  return { title: strings.common.signIn, body: <SignInForm {...props} /> };
}

function SignInForm({ email, returnTo, signUpOpen, notice, errors = {} }: SignInProps): VNode {
  return (
    <MainPart shape="narrow">
      {notice === "signed-out" && <Notice>{strings.identity.signedOut}</Notice>}
      {notice === "required" && <Notice>{strings.identity.signInRequired}</Notice>}
      <h1>{strings.common.signIn}</h1>
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.signIn()}>
        <input type="hidden" name="return" value={returnTo} />
        <Field
          name="email"
          label={strings.identity.email}
          type="email"
          value={email}
          error={errors.email}
          autoComplete="username"
          dir="ltr"
        />
        <Field
          name="password"
          label={strings.identity.password}
          type="password"
          value=""
          error={errors.password}
          autoComplete="current-password"
        />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.common.signIn}
          </button>
        </div>
      </form>
      <p class="aside">
        {signUpOpen
          ? strings.identity.noAccount((words) => <a href={addresses.signUp}>{words}</a>)
          : strings.identity.noAccountClosed}
      </p>
    </MainPart>
  );
}
