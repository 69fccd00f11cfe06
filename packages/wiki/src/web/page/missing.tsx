import type { VNode } from "preact";
import { addresses, useAddresses, useIsEarlierDate } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import type { Archiving } from "./archiving.ts";

export type MissingPageProps = {
  /** The requested slug; null if the address is not a valid slug. */
  readonly slug: string | null;
  readonly mayCreate: boolean;
  readonly signedIn: boolean;
  /** The archived page that had the slug last. */
  readonly archived?: Archiving & { readonly id: string; readonly title: string };
  /** The page that had the slug before the archived one, if it has another slug now. */
  readonly former?: { readonly slug: string; readonly title: string };
};

/** The screen for an address without a page, which offers to create one. */
export function missingPage(props: MissingPageProps): Screen {
  const { slug, archived } = props;
  const title =
    slug === null
      ? strings.errors["page-not-found"].title
      : archived === undefined
        ? strings.missing.heading
        : strings.missing.archivedTitle(archived.title);
  return { title, body: <Missing {...props} /> };
}

function Missing(props: MissingPageProps): VNode {
  const { slug, archived, former } = props;
  const addressesAtDate = useAddresses();
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart>
      <h1>
        {slug === null
          ? strings.errors["page-not-found"].title
          : headingOf(isEarlier, archived !== undefined)}
      </h1>
      {slug === null ? (
        <p class="lede">{strings.missing.impossible}</p>
      ) : archived !== undefined ? (
        <ArchivedHere archived={archived} />
      ) : (
        <p class="lede">
          {(isEarlier ? strings.missing.noPageAtEarlier : strings.missing.noPageAt)(
            <code dir="auto">/{slug}</code>,
          )}
        </p>
      )}
      {former !== undefined && (
        <p class="lede">
          {strings.missing.formerly(
            <a href={addressesAtDate.page(former.slug)}>
              <bdi>{former.title}</bdi>
            </a>,
          )}
        </p>
      )}
      <div class="invitation">
        {slug !== null && !isEarlier && <Offer {...props} slug={slug} />}
        {slug !== null && !isEarlier && archived !== undefined && (
          <a href={addresses.slugHistory(slug)}>{strings.common.addressHistory}</a>
        )}
        <a href={addressesAtDate.allPages()}>{strings.common.allPages}</a>
      </div>
    </MainPart>
  );
}

function headingOf(isEarlier: boolean, archived: boolean): string {
  const { missing } = strings;
  if (archived) return isEarlier ? missing.archivedEarlier : missing.archived;
  return isEarlier ? missing.headingEarlier : missing.heading;
}

function ArchivedHere({ archived }: { archived: NonNullable<MissingPageProps["archived"]> }): VNode {
  const { id, title, at, by, summary } = archived;
  const archiving = [<bdi>{title}</bdi>, <Time at={at} />, <By name={by} />] as const;
  return (
    <>
      <p class="lede">
        {summary === null
          ? strings.missing.archivedAt(...archiving)
          : strings.missing.archivedBecause(...archiving, <q dir="auto">{summary}</q>)}
      </p>
      {!useIsEarlierDate() && (
        <p class="lede">
          <a href={addresses.pageById(id)}>{strings.missing.viewArchived}</a>
        </p>
      )}
    </>
  );
}

function Offer({ slug, mayCreate, signedIn }: MissingPageProps & { slug: string }): VNode {
  if (mayCreate) {
    return (
      <a class="button main" href={addresses.newPage(slug)}>
        {strings.common.createPage}
      </a>
    );
  }
  if (signedIn) return <p class="muted">{strings.common.onlyEditorsCreate}</p>;
  return (
    <p>
      {strings.missing.signInToCreate((words) => (
        <a href={addresses.signIn(addresses.newPage(slug))}>{words}</a>
      ))}
    </p>
  );
}
