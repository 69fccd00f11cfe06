import type { VNode } from "preact";
import { addresses, useAddresses, useIsPast } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import type { Archiving } from "./archiving.ts";

export type MissingPageProps = {
  /** The slug that was asked for; null if what was asked for cannot be one. */
  readonly slug: string | null;
  readonly mayCreate: boolean;
  readonly signedIn: boolean;
  /** The page that was here and is archived, if one was. */
  readonly archived?: Archiving & { readonly id: string; readonly title: string };
  /** The page that was here before that one, if it has another address now. */
  readonly former?: { readonly slug: string; readonly title: string };
};

/** Where no page is, or none any more: who may write offers it. */
export function missingPage(props: MissingPageProps): Screen {
  const title = props.archived === undefined ? "No such page" : `Archived: ${props.archived.title}`;
  return { title, body: <Missing {...props} /> };
}

function Missing(props: MissingPageProps): VNode {
  const { slug, archived, former } = props;
  const then = useAddresses();
  const past = useIsPast();
  return (
    <MainPart>
      <h1>{headingOf(past, archived !== undefined)}</h1>
      {slug === null ? (
        <p class="lede">And there cannot be one: this is not an address that a page can have.</p>
      ) : archived !== undefined ? (
        <ArchivedHere archived={archived} />
      ) : (
        <p class="lede">
          Nobody {past ? "had" : "has"} written <code dir="auto">{slug}</code> yet.
        </p>
      )}
      {former !== undefined && (
        <p class="lede">
          Before that, this address led to{" "}
          <a href={then.page(former.slug)}>
            <bdi>{former.title}</bdi>
          </a>
          .
        </p>
      )}
      <div class="invitation">
        {slug !== null && !past && <Offer {...props} slug={slug} />}
        {slug !== null && !past && archived !== undefined && (
          <a href={addresses.slugHistory(slug)}>History of this address</a>
        )}
        <a href={then.allPages()}>See all pages{past && " of that time"}</a>
      </div>
    </MainPart>
  );
}

function headingOf(past: boolean, archived: boolean): string {
  if (archived) return past ? "The page here was archived" : "The page here is archived";
  return past ? "There was no page here" : "There is no page here";
}

function ArchivedHere({ archived }: { archived: NonNullable<MissingPageProps["archived"]> }): VNode {
  const { id, title, at, by, summary } = archived;
  return (
    <>
      <p class="lede">
        <bdi>{title}</bdi> was archived on <Time at={at} /> <By name={by} />
        {summary !== null && (
          <>
            : <q dir="auto">{summary}</q>
          </>
        )}
        .
      </p>
      {!useIsPast() && (
        <p class="lede">
          Its record is kept: <a href={addresses.pageById(id)}>read it as it was</a>.
        </p>
      )}
    </>
  );
}

function Offer({ slug, mayCreate, signedIn, archived }: MissingPageProps & { slug: string }): VNode {
  if (mayCreate) {
    return (
      <a class="button main" href={addresses.newPage(slug)}>
        {archived === undefined ? "Create this page" : "Write a new page here"}
      </a>
    );
  }
  if (signedIn) return <p class="muted">An editor can write one here; your account can read.</p>;
  return (
    <p>
      <a href={addresses.signIn(addresses.newPage(slug))}>Sign in</a> to write one here, if you are an editor.
    </p>
  );
}
