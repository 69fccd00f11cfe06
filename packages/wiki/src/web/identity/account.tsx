import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

type Role = "reader" | "editor" | "admin";

type ListedToken = {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
};

export type AccountProps = {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly tokens: readonly ListedToken[];
  /** The token that was just created. It is shown only once. */
  readonly newToken?: { readonly name: string; readonly secret: string };
  readonly notice?: "revoked";
  /** The value of the field for the name of a new token. */
  readonly tokenName?: string;
  readonly errors?: FormErrors<"name">;
};

/** The account of the person who is signed in, with their API tokens. */
export function account(props: AccountProps): Screen {
  return { title: strings.identity.account, body: <Account {...props} /> };
}

function Account(props: AccountProps): VNode {
  const { name, email, role, notice } = props;
  return (
    <MainPart>
      {notice === "revoked" && <Notice>{strings.identity.tokenRevoked}</Notice>}
      <h1>{strings.identity.account}</h1>
      <dl class="facts">
        <dt>{strings.identity.name}</dt>
        <dd dir="auto">{name}</dd>
        <dt>{strings.identity.email}</dt>
        <dd>{email}</dd>
        <dt>{strings.identity.role}</dt>
        <dd>{strings.identity.roles[role]}</dd>
      </dl>
      {role !== "reader" && (
        <p class="aside">
          <a href={addresses.drafts}>{strings.identity.yourDrafts}</a>
          {role === "admin" && (
            <>
              {" · "}
              <a href={addresses.setup()}>{strings.identity.setUpWiki}</a>
            </>
          )}
        </p>
      )}
      <Tokens {...props} />
    </MainPart>
  );
}

function Tokens({ tokens, newToken, tokenName = "", errors = {} }: AccountProps): VNode {
  return (
    <section aria-labelledby="-tokens">
      <h2 id="-tokens">{strings.identity.tokens}</h2>
      <p class="muted">{strings.identity.aboutTokens(<code>Authorization: Bearer</code>)}</p>
      {newToken !== undefined && <NewToken {...newToken} />}
      {tokens.length > 0 && (
        <ul class="tokens">
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.createToken}>
        <div class="row">
          <Field
            name="name"
            label={strings.identity.tokenName}
            value={tokenName}
            error={errors.name}
            maxLength={100}
          />
          <button class="button" type="submit">
            {strings.identity.createToken}
          </button>
        </div>
      </form>
    </section>
  );
}

function NewToken({ name, secret }: { name: string; secret: string }): VNode {
  return (
    <Notice>
      <p>{strings.identity.tokenCreated(<bdi>{name}</bdi>)}</p>
      <code class="secret">{secret}</code>
    </Notice>
  );
}

function TokenRow({ token }: { token: ListedToken }): VNode {
  const { id, name, createdAt } = token;
  return (
    <li>
      <div>
        <span class="name" dir="auto">
          {name}
        </span>{" "}
        <span class="muted">{strings.identity.createdAt(<Time at={createdAt} />)}</span>
      </div>
      <form method="post" action={addresses.revokeToken}>
        <input type="hidden" name="id" value={id} />
        <button class="button plain undoing" type="submit" aria-label={strings.identity.revokeToken(name)}>
          {strings.identity.revoke}
        </button>
      </form>
    </li>
  );
}
