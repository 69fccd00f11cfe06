import type { VNode } from "preact";
import type { Role } from "../../application/policy.ts";
import { addresses } from "../addresses.ts";
import { Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type PeopleStepProps = {
  readonly role?: Role;
  /** The link of the invitation that was just created. It is shown only once. */
  readonly url?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
};

const OFFERED_ROLES: readonly Role[] = ["editor", "reader", "admin"];

export function PeopleStep({ role = "editor", url, expiresAt }: PeopleStepProps): VNode {
  return (
    <form class="form" method="post" action={addresses.setUpPeople}>
      {url !== undefined && expiresAt !== undefined && (
        <Notice>
          <p>
            {strings.setup.invitationCreated(
              strings.identity.roles[role],
              <Time at={expiresAt} form="instant" />,
            )}
          </p>
          <code class="secret">{url}</code>
        </Notice>
      )}
      <p>{strings.setup.aboutPeople}</p>
      <fieldset class="options">
        <legend>{strings.identity.role}</legend>
        {OFFERED_ROLES.map((one) => (
          <label key={one} class="option">
            <input type="radio" name="role" value={one} checked={one === role} />
            <span>{strings.identity.roles[one]}</span>
          </label>
        ))}
      </fieldset>
      <div class="actions">
        <button class={url === undefined ? "button main" : "button"} type="submit">
          {url === undefined ? strings.setup.createLink : strings.setup.createAnotherLink}
        </button>
        <button
          class={url === undefined ? "button plain" : "button main"}
          type="submit"
          formAction={addresses.finishSetup}
        >
          {url === undefined ? strings.setup.skip : strings.setup.openWiki}
        </button>
      </div>
    </form>
  );
}
