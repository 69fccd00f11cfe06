import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { MainPart } from "../main-part.tsx";
import type { Screen } from "../screen.ts";

export type MissingPageProps = {
  /** The slug that was asked for; null if what was asked for cannot be one. */
  readonly slug: string | null;
  readonly mayCreate: boolean;
  readonly signedIn: boolean;
};

/** Where no page is yet: who may write offers it. */
export function missingPage(props: MissingPageProps): Screen {
  return { title: "No such page", body: <Missing {...props} /> };
}

function Missing({ slug, mayCreate, signedIn }: MissingPageProps): VNode {
  return (
    <MainPart>
      <h1>There is no page here</h1>
      {slug === null ? (
        <p class="lede">And there cannot be one: this is not an address that a page can have.</p>
      ) : (
        <p class="lede">
          Nobody has written <code dir="auto">{slug}</code> yet.
        </p>
      )}
      <div class="invitation">
        {slug !== null && <Offer slug={slug} mayCreate={mayCreate} signedIn={signedIn} />}
        <a href={addresses.allPages()}>See all pages</a>
      </div>
    </MainPart>
  );
}

function Offer({ slug, mayCreate, signedIn }: MissingPageProps & { slug: string }): VNode {
  if (mayCreate) {
    return (
      <a class="button main" href={addresses.newPage(slug)}>
        Create this page
      </a>
    );
  }
  if (signedIn) return <p class="muted">An editor can create it; your account can read.</p>;
  return (
    <p>
      <a href={addresses.signIn(addresses.newPage(slug))}>Sign in</a> to create it, if you are an editor.
    </p>
  );
}
