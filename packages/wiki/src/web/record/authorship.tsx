import { Fragment, type VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import type { AuthorMark } from "./author-marks.tsx";
import { visibleText } from "./drawn-rows.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

export const AUTHORSHIP_VIEWS = ["source", "rendered"] as const;
export type AuthorshipView = (typeof AUTHORSHIP_VIEWS)[number];

/** Who made a version, and when; null where that is not known (yet). */
export type Attribution = {
  readonly by: ListedPerson | null;
  readonly at: string;
  readonly mark: AuthorMark;
} | null;

type AuthoredRun = { readonly text: string; readonly version: number };

export type MarkedBlock = {
  /** As safe as the renderer of Markdown vouches for, its words marked by who wrote them, as far as that is known. */
  readonly html: string;
  /** Who wrote most of it. */
  readonly by: ListedPerson | null;
  readonly mark: AuthorMark;
  /** Who wrote parts of it too, the most first. */
  readonly others: readonly (ListedPerson | null)[];
  /** The last version that wrote any of it; null if it has no source. */
  readonly lastVersion: number | null;
};

export type AuthorshipProps = {
  readonly page: RecordedPage;
  /** The version that is shown. */
  readonly version: number;
  /** ISO 8601, of that version. */
  readonly at: string;
  /** Who wrote how much of it, the most first. */
  readonly authors: readonly {
    readonly person: ListedPerson | null;
    readonly mark: AuthorMark;
    /** From 0 to 1. */
    readonly share: number;
  }[];
  readonly attributions: ReadonlyMap<number, Attribution>;
  readonly shown:
    | {
        readonly view: "source";
        readonly runs: readonly AuthoredRun[];
        /** False if the text is longer than what is drawn. */
        readonly complete: boolean;
      }
    | {
        readonly view: "rendered";
        readonly blocks: readonly MarkedBlock[];
        /** False if the page has more blocks than are drawn. */
        readonly complete: boolean;
        /** False if words of the last blocks are not marked, as they would be too many. */
        readonly allMarked: boolean;
      };
};

/** Who wrote which part of a page, when, and in which edit. */
export function authorshipScreen(props: AuthorshipProps): Screen {
  return { title: `Who wrote ${props.page.title}`, body: <Authorship {...props} /> };
}

function Authorship(props: AuthorshipProps): VNode {
  const { page, version, at, shown, authors } = props;
  return (
    <MainPart shape="wide">
      <RecordHead page={page} current="authorship">
        Who wrote <bdi>{page.title}</bdi>
      </RecordHead>
      <p class="count">
        {version === page.version ? (
          <>The present version, {version}</>
        ) : (
          <a href={addresses.pageById(page.id, version)}>Version {version}</a>
        )}
        , <Time at={at} />
        {version !== page.version && (
          <>
            {" "}
            · <a href={addresses.authorship(page.id, undefined, shown.view)}>The present version</a>
          </>
        )}
      </p>
      {authors.length === 0 ? (
        <p class="empty">Nothing is written here, so nobody wrote it.</p>
      ) : (
        <>
          <Views {...props} />
          <Legend authors={authors} />
          {shown.view === "source" ? <Source {...props} {...shown} /> : <Blocks {...props} {...shown} />}
        </>
      )}
    </MainPart>
  );
}

const viewNames: Record<AuthorshipView, string> = { source: "In the source", rendered: "Beside the page" };

function Views({ page, version, shown }: AuthorshipProps): VNode {
  return (
    <nav class="ways" aria-label="Ways to see who wrote what">
      {AUTHORSHIP_VIEWS.map((view) => (
        <a
          key={view}
          href={addresses.authorship(page.id, version, view)}
          aria-current={view === shown.view ? "page" : undefined}
        >
          {viewNames[view]}
        </a>
      ))}
    </nav>
  );
}

function Legend({ authors }: Pick<AuthorshipProps, "authors">): VNode {
  return (
    <ul class="legend" aria-label="Who wrote how much">
      {authors.map(({ person, mark, share }) => (
        <li key={person?.id}>
          <span class={`authored ${mark}`}>
            {person === null ? (
              "Someone unknown"
            ) : (
              <a href={addresses.changes({ person: person.id })}>
                <bdi>{person.name}</bdi>
              </a>
            )}
          </span>{" "}
          <span class="share">{percent(share)}</span>
        </li>
      ))}
    </ul>
  );
}

function percent(share: number): string {
  if (share < 0.01) return "under 1 %";
  // Nobody wrote it all while others are named.
  return `${share === 1 ? 100 : Math.min(99, Math.round(100 * share))} %`;
}

type InSource = AuthorshipProps & Extract<AuthorshipProps["shown"], { view: "source" }>;

function Source({ page, runs, attributions, complete }: InSource): VNode {
  return (
    <>
      <pre class="authored-source" dir="auto">
        {/* Browsers drop the first line feed of a pre: this one, instead of the text's own. */}
        {"\n"}
        {runs.map(({ text, version }, index) => (
          <Run key={index} {...{ page, text, version }} attribution={attributions.get(version) ?? null} />
        ))}
      </pre>
      {!complete && <p class="notice">The text goes on: it is too long to be drawn here with its authors.</p>}
    </>
  );
}

function Run(props: {
  readonly page: RecordedPage;
  readonly text: string;
  readonly version: number;
  readonly attribution: Attribution;
}): VNode {
  const { page, text, version, attribution } = props;
  return (
    <a
      class={`authored ${attribution?.mark ?? "author-other"}`}
      href={addresses.diff(page.id, version - 1, version)}
      title={titleOf(version, attribution)}
    >
      {visibleText(text)}
    </a>
  );
}

/** Who wrote something, when and in which version, in one line. */
export function titleOf(version: number, attribution: Attribution): string {
  if (attribution === null) return `Version ${version}`;
  const { by, at } = attribution;
  return `${by?.name ?? "Someone unknown"}, ${at.slice(0, 16).replace("T", " ")} UTC, version ${version}`;
}

type BesidePage = AuthorshipProps & Extract<AuthorshipProps["shown"], { view: "rendered" }>;

function Blocks({ page, blocks, attributions, complete, allMarked }: BesidePage): VNode {
  return (
    <>
      <div class="authored-page">
        {blocks.map((block, index) => (
          <div key={index} class={`authored-block ${block.mark}`}>
            <div class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: block.html }} />
            {block.lastVersion !== null && (
              <Note
                page={page}
                block={block}
                version={block.lastVersion}
                attribution={attributions.get(block.lastVersion) ?? null}
              />
            )}
          </div>
        ))}
      </div>
      {!allMarked && (
        <p class="notice">
          Further down only the notes say who wrote what: the author changes too often to be marked in the
          words.
        </p>
      )}
      {!complete && <p class="notice">The page goes on: it is too long to be drawn here with its authors.</p>}
    </>
  );
}

function Note(props: {
  readonly page: RecordedPage;
  readonly block: MarkedBlock;
  readonly version: number;
  readonly attribution: Attribution;
}): VNode {
  const { page, block, version, attribution } = props;
  const isShared = block.others.length > 0;
  return (
    <p class="margin-note">
      {isShared ? "Mostly " : "Written "}
      <ByPerson person={block.by} />, {isShared && <Others people={block.others} />}
      {isShared ? "last added to " : "last "}
      {isShared && (
        <>
          <ByPerson person={attribution?.by ?? null} />{" "}
        </>
      )}
      <a href={addresses.diff(page.id, version - 1, version)}>in version {version}</a>
      {attribution !== null && (
        <>
          , <Time at={attribution.at} />
        </>
      )}
    </p>
  );
}

/** As many as a note has room for. */
const NAMED_OTHERS = 3;

function Others({ people }: { readonly people: readonly (ListedPerson | null)[] }): VNode {
  const named = people.slice(0, NAMED_OTHERS);
  const more = people.length - named.length;
  const separator = (index: number) =>
    index === 0 ? "also " : index === named.length - 1 && more === 0 ? " and " : ", ";
  return (
    <>
      {named.map((person, index) => (
        <Fragment key={person?.id}>
          {separator(index)}
          <ByPerson person={person} />
        </Fragment>
      ))}
      {more > 0 && ` and ${more} ${more === 1 ? "other" : "others"}`}
      {"; "}
    </>
  );
}
