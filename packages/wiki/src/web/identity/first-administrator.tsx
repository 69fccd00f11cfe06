import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { FormErrorNotice } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { type NewPersonErrors, NewPersonFields, type NewPersonValues } from "./new-person-fields.tsx";

export type FirstAdministratorProps =
  | {
      readonly link: "valid";
      /** The one-time token of the link, posted as `token`. */
      readonly token: string;
      readonly values: NewPersonValues;
      readonly minPasswordLength: number;
      readonly errors?: NewPersonErrors;
    }
  /** `used`: an administrator exists already. `invalid`: the log shows another link. */
  | { readonly link: "used" | "invalid" };

/** The form that creates the first account, opened by the link in the server's log. */
export function firstAdministrator(props: FirstAdministratorProps): Screen {
  return { title: strings.identity.createAdministrator, body: <FirstAdministrator {...props} /> };
}

function FirstAdministrator(props: FirstAdministratorProps): VNode {
  if (props.link !== "valid") return <DeadLink link={props.link} />;
  const { token, values, minPasswordLength, errors = {} } = props;
  return (
    <MainPart shape="narrow">
      <h1>{strings.identity.createAdministrator}</h1>
      <p class="lede">{strings.identity.aboutAdministrator}</p>
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.firstAdministrator}>
        <input type="hidden" name="token" value={token} />
        <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.identity.createAdministrator}
          </button>
        </div>
      </form>
    </MainPart>
  );
}

function DeadLink({ link }: { link: "used" | "invalid" }): VNode {
  return (
    <MainPart shape="narrow">
      <h1>{strings.identity.createAdministrator}</h1>
      {link === "used" ? (
        <>
          <p class="lede">{strings.identity.administratorExists}</p>
          <div class="invitation">
            <a class="button" href={addresses.signIn()}>
              {strings.common.signIn}
            </a>
          </div>
        </>
      ) : (
        <>
          <p class="lede">{strings.identity.linkInvalid}</p>
          <p class="lede">
            {strings.identity.orCommandLine(<code>palimpsest user add EMAIL --role admin</code>)}
          </p>
        </>
      )}
    </MainPart>
  );
}
