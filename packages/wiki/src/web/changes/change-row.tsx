import type { VNode } from "preact";
import type { PageChange } from "../../projections/page-change.ts";
import { addresses, useAddresses, useIsPast } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { SizeChange } from "../parts/change-list.tsx";

/** One change among all of the wiki. */
export type ListedChange = Pick<
  PageChange,
  "position" | "version" | "kind" | "title" | "slug" | "summary" | "sizeDelta" | "of"
> & {
  /** As it is called at the time that is read. */
  readonly page: {
    readonly id: string;
    readonly title: string;
    readonly slug: string;
    /** Whether there was no such page at that time: it has no address there. It was unless said. */
    readonly isGone?: boolean;
  };
  /** ISO 8601. */
  readonly at: string;
  /** Null if nobody by that id is in the record. */
  readonly by: ListedPerson | null;
};

type Props = {
  readonly change: ListedChange;
  /** Whether the whole list is of this page. */
  readonly ofOnePage: boolean;
};

/** A change as a row of a list, within a day. */
export function ChangeRow({ change, ofOnePage }: Props): VNode {
  const { kind, page, version, at, by, summary, sizeDelta } = change;
  const then = useAddresses();
  const past = useIsPast();
  const sized = kind === "created" || kind === "body-updated" || sizeDelta !== 0;
  return (
    <li>
      <time class="at" dateTime={at}>
        {new Date(at).toISOString().slice(11, 16)}
      </time>
      {page.isGone ? (
        <bdi class="title">{page.title}</bdi>
      ) : (
        <a class="title" href={then.page(page.slug)}>
          <bdi>{page.title}</bdi>
        </a>
      )}
      {sized && <SizeChange delta={sizeDelta} />}
      <p class="what">
        <What {...change} /> <ByPerson person={by} />
      </p>
      {summary !== null && (
        <p class="summary" dir="auto">
          {summary}
        </p>
      )}
      <p class="row-links">
        {!past && (
          <>
            <a href={addresses.diff(page.id, version - 1, version)}>
              What changed{" "}
              <Unseen>
                in version {version} of {page.title}
              </Unseen>
            </a>
            <a href={addresses.history(page.id)}>
              History <Unseen>of {page.title}</Unseen>
            </a>
          </>
        )}
        {!ofOnePage && (
          <a href={then.changes({ page: page.id })}>
            Only this page <Unseen>, {page.title}</Unseen>
          </a>
        )}
      </p>
    </li>
  );
}

function Unseen({ children }: { readonly children: (string | number)[] | string }): VNode {
  return <span class="unseen">{children}</span>;
}

function What({ kind, title, slug, of, page }: ListedChange): VNode {
  const past = useIsPast();
  switch (kind) {
    case "created":
      return <>Created</>;
    case "body-updated":
      return <>Text changed</>;
    case "archived":
      return <>Archived</>;
    case "title-updated":
      return (
        <>
          Title changed to <bdi class="name">{title}</bdi>
        </>
      );
    case "slug-updated":
      return (
        <>
          Address changed to <code dir="auto">/{slug}</code>
        </>
      );
    case "unarchived":
      return (
        <>
          Brought back at <code dir="auto">/{slug}</code>
        </>
      );
    case "restored":
      return (
        <>
          {past ? (
            `Version ${of?.first}`
          ) : (
            <a href={addresses.pageById(page.id, of?.first)}>Version {of?.first}</a>
          )}{" "}
          restored
        </>
      );
    case "undone":
      return (
        <>
          {of?.first === of?.last ? `Version ${of?.last}` : `Versions ${of?.first} to ${of?.last}`} taken back
        </>
      );
  }
}
