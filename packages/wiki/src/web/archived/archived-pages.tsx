import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { NextPart, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type ArchivedPagesProps = {
  /** The page that was archived last comes first. */
  readonly pages: readonly {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    /** ISO 8601. */
    readonly at: string;
    /** A name, or null if no account has the id. */
    readonly by: string | null;
  }[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
};

/** A part of the list of archived pages. */
export function archivedPages(props: ArchivedPagesProps): Screen {
  return { title: strings.archived.heading, body: <ArchivedPages {...props} /> };
}

function ArchivedPages({ pages, next, continued = false }: ArchivedPagesProps): VNode {
  return (
    <MainPart>
      <h1>{strings.archived.heading}</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.archivedPages()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          {strings.archived.none((words) => (
            <a href={addresses.allPages()}>{words}</a>
          ))}
        </p>
      ) : (
        <>
          <p class="lede">{strings.archived.about}</p>
          <ol class="pages">
            {pages.map(({ id, slug, title, at, by }) => (
              <li key={id}>
                <a class="title" href={addresses.pageById(id)}>
                  <bdi>{title}</bdi>
                </a>
                <span class="slug">
                  <bdi>{slug}</bdi>
                </span>
                <span class="change">
                  <Time at={at} /> <By name={by} />
                </span>
              </li>
            ))}
          </ol>
          <NextPart next={next} />
        </>
      )}
    </MainPart>
  );
}
