import type { ComponentChildren, VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time, utcText } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import type { AuthorMark } from "./author-marks.tsx";
import { visibleText } from "./drawn-rows.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

export const AUTHORSHIP_VIEWS = ["source", "rendered"] as const;
export type AuthorshipView = (typeof AUTHORSHIP_VIEWS)[number];

/** The author and time of a version; null if no author is recorded for the version. */
export type Attribution = {
  readonly by: ListedPerson | null;
  readonly at: string;
  readonly mark: AuthorMark;
} | null;

type AuthoredRun = { readonly text: string; readonly version: number };

export type MarkedBlock = {
  /** Safe HTML with the words of each known author marked. */
  readonly html: string;
  readonly by: ListedPerson | null;
  readonly mark: AuthorMark;
  /** The other authors, largest share first. */
  readonly others: readonly (ListedPerson | null)[];
  /** The last version that changed the block; null if the block has no source. */
  readonly lastVersion: number | null;
};

export type AuthorshipProps = {
  readonly page: RecordedPage;
  readonly version: number;
  /** The time of that version in ISO 8601. */
  readonly at: string;
  /** The authors by share, largest first. */
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
        readonly complete: boolean;
      }
    | {
        readonly view: "rendered";
        readonly blocks: readonly MarkedBlock[];
        readonly complete: boolean;
        /** False if the words of the last blocks are not marked, because of the limit of marks. */
        readonly allMarked: boolean;
      };
};

export function authorshipScreen(props: AuthorshipProps): Screen {
  return { title: strings.authorship.titleOf(props.page.title), body: <Authorship {...props} /> };
}

function Authorship(props: AuthorshipProps): VNode {
  const { page, version, at, shown, authors } = props;
  return (
    <MainPart shape="wide">
      <RecordHead page={page} current="authorship">
        {strings.authorship.heading(<bdi>{page.title}</bdi>)}
      </RecordHead>
      <p class="count">
        {version === page.version ? (
          strings.authorship.currentVersion(version)
        ) : (
          <a href={addresses.pageById(page.id, version)}>{strings.common.version(version)}</a>
        )}
        , <Time at={at} />
        {version !== page.version && (
          <>
            {" "}
            ·{" "}
            <a href={addresses.authorship(page.id, undefined, shown.view)}>{strings.common.currentVersion}</a>
          </>
        )}
      </p>
      {authors.length === 0 ? (
        <p class="empty">{strings.common.emptyVersion}</p>
      ) : (
        <>
          <ViewLinks {...props} />
          <Legend authors={authors} />
          {shown.view === "source" ? <Source {...props} {...shown} /> : <Blocks {...props} {...shown} />}
        </>
      )}
    </MainPart>
  );
}

function ViewLinks({ page, version, shown }: AuthorshipProps): VNode {
  return (
    <nav class="sub-navigation" aria-label={strings.common.views}>
      {AUTHORSHIP_VIEWS.map((view) => (
        <a
          key={view}
          href={addresses.authorship(page.id, version, view)}
          aria-current={view === shown.view ? "page" : undefined}
        >
          {strings.authorship.views[view]}
        </a>
      ))}
    </nav>
  );
}

function Legend({ authors }: Pick<AuthorshipProps, "authors">): VNode {
  return (
    <ul class="legend" aria-label={strings.authorship.shares}>
      {authors.map(({ person, mark, share }) => (
        <li key={person?.id}>
          <span class={`authored ${mark}`}>
            {person === null ? (
              strings.common.unknownPerson
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
  if (share < 0.01) return strings.authorship.underOnePercent;
  // 100% would contradict the other authors in the list.
  return strings.authorship.percent(share === 1 ? 1 : Math.min(0.99, share));
}

type SourceProps = AuthorshipProps & Extract<AuthorshipProps["shown"], { view: "source" }>;

function Source({ page, runs, attributions, complete }: SourceProps): VNode {
  return (
    <>
      <pre class="authored-source" dir="auto">
        {/* Browsers drop the first line feed of a pre element. */}
        {"\n"}
        {runs.map(({ text, version }, index) => (
          <Run key={index} {...{ page, text, version }} attribution={attributions.get(version) ?? null} />
        ))}
      </pre>
      {!complete && <p class="notice">{strings.authorship.textIncomplete}</p>}
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

export function titleOf(version: number, attribution: Attribution): string {
  if (attribution === null) return strings.common.version(version);
  const { by, at } = attribution;
  return strings.authorship.wrote(by?.name ?? strings.common.unknownPerson, utcText(at), version);
}

type BlocksProps = AuthorshipProps & Extract<AuthorshipProps["shown"], { view: "rendered" }>;

function Blocks({ page, blocks, attributions, complete, allMarked }: BlocksProps): VNode {
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
      {!allMarked && <p class="notice">{strings.authorship.notMarked}</p>}
      {!complete && <p class="notice">{strings.authorship.pageIncomplete}</p>}
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
  const author = <ByPerson person={block.by} />;
  const change = (
    <>
      <a href={addresses.diff(page.id, version - 1, version)}>{strings.authorship.inVersion(version)}</a>
      {attribution !== null && (
        <>
          , <Time at={attribution.at} />
        </>
      )}
    </>
  );
  if (block.others.length === 0) {
    return <p class="margin-note">{strings.authorship.writtenBy(author, change)}</p>;
  }
  const changeBy = (
    <>
      <ByPerson person={attribution?.by ?? null} /> {change}
    </>
  );
  return <p class="margin-note">{strings.authorship.mostlyBy(author, othersOf(block.others), changeBy)}</p>;
}

const NAMED_OTHERS = 3;

function othersOf(people: readonly (ListedPerson | null)[]): readonly ComponentChildren[] {
  const shown = people.slice(0, NAMED_OTHERS).map((person) => <ByPerson key={person?.id} person={person} />);
  const more = people.length - shown.length;
  return more === 0 ? shown : [...shown, strings.authorship.moreOthers(more)];
}
