import type { VNode } from "preact";
import type { PageChange } from "../../projections/page-change.ts";
import { addresses, useAddresses, useIsEarlierDate } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { SizeChange } from "../parts/change-list.tsx";
import { FileNames } from "../parts/file-names.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type ListedChange = Pick<
  PageChange,
  "position" | "version" | "kind" | "title" | "slug" | "files" | "summary" | "sizeDelta" | "of"
> & {
  /** With the title and address of the page at the date of the list. */
  readonly page: {
    readonly id: string;
    readonly title: string;
    readonly slug: string;
    /** Whether the page was archived at that date, and so has no address. */
    readonly isArchived?: boolean;
  };
  /** ISO 8601. */
  readonly at: string;
  /** Null if the event names no person. */
  readonly by: ListedPerson | null;
};

type Props = {
  readonly change: ListedChange;
  /** Whether the list has changes of this page only. */
  readonly ofOnePage: boolean;
};

/** A change as a row of the list of a day. */
export function ChangeRow({ change, ofOnePage }: Props): VNode {
  const { kind, page, version, at, by, summary, sizeDelta } = change;
  const addressesAtDate = useAddresses();
  const isEarlier = useIsEarlierDate();
  const sized = kind === "created" || kind === "body-updated" || sizeDelta !== 0;
  return (
    <li>
      <span class="at">
        <Time at={at} form="clock" />
      </span>
      {page.isArchived ? (
        <bdi class="title">{page.title}</bdi>
      ) : (
        <a class="title" href={addressesAtDate.page(page.slug)}>
          <bdi>{page.title}</bdi>
        </a>
      )}
      {sized && <SizeChange delta={sizeDelta} />}
      <p class="what">
        <Description {...change} /> <ByPerson person={by} />
      </p>
      {summary !== null && (
        <p class="summary" dir="auto">
          {summary}
        </p>
      )}
      <p class="row-links">
        {!isEarlier && (
          <>
            <a href={addresses.diff(page.id, version - 1, version)}>
              {strings.changes.seeChangesOf(version, page.title)}
            </a>
            <a href={addresses.history(page.id)}>{strings.changes.historyOf(page.title)}</a>
          </>
        )}
        {!ofOnePage && (
          <a href={addressesAtDate.changes({ page: page.id })}>{strings.changes.onlyThisPage(page.title)}</a>
        )}
      </p>
    </li>
  );
}

function Description({ kind, title, slug, files, of, page }: ListedChange): VNode {
  const isEarlier = useIsEarlierDate();
  const { changeDescriptions: texts } = strings;
  switch (kind) {
    case "title-updated":
      return texts.titleTo(<bdi class="name">{title}</bdi>);
    case "slug-updated":
      return texts.addressTo(<code dir="auto">/{slug}</code>);
    case "files-attached":
    case "files-replaced":
    case "files-removed":
      return texts[kind](<FileNames names={files ?? []} />);
    case "unarchived":
      return texts.unarchived(<code dir="auto">/{slug}</code>);
    case "restored": {
      const version = strings.common.version(of?.first ?? 0);
      return texts.restored(
        isEarlier ? version : <a href={addresses.pageById(page.id, of?.first)}>{version}</a>,
      );
    }
    case "undone":
      return texts.undone(strings.history.versions(of?.first ?? 0, of?.last ?? 0));
    default:
      return <>{strings.changes.kinds[kind]}</>;
  }
}
