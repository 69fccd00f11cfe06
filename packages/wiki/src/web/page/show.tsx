import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../by.tsx";
import { Crumbs } from "../crumbs.tsx";
import { LinkedFrom, type LinkingPage } from "../links/linked-from.tsx";
import { MainPart } from "../main-part.tsx";
import { Notice } from "../notice.tsx";
import { Prose } from "../prose.tsx";
import type { Screen } from "../screen.ts";
import { When } from "../when.tsx";
import { NewerVersion } from "./newer-version.tsx";

type Heading = {
  /** 1 to 6. */
  readonly level: number;
  readonly id: string;
  readonly text: string;
};

/** What has just happened to the page that is shown. */
type ShowNotice = "created" | "saved" | "unchanged" | "renamed";

export type ShowPageProps = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly version: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  /** A name, or null if nobody by that id is known. */
  readonly modifiedBy: string | null;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly mayEdit: boolean;
  readonly notice?: ShowNotice;
  /** Pages that link here, or the first of them; none unless said. */
  readonly backlinks?: readonly LinkingPage[];
  /** Whether there are more of them than `backlinks` has. */
  readonly moreBacklinks?: boolean;
};

const notices: Record<ShowNotice, string> = {
  created: "The page is there.",
  saved: "Saved. The version before is kept.",
  unchanged: "Nothing changed, so there is no new version.",
  renamed: "The page has a new address. The old one leads here.",
};

/** A page, to read. */
export function showPage(props: ShowPageProps): Screen {
  return { title: props.title, body: <ShownPage {...props} />, script: "newer-version.js" };
}

function ShownPage(props: ShowPageProps): VNode {
  const { slug, title, notice, backlinks = [], moreBacklinks = false } = props;
  const { html, headings, titleId } = withoutRepeatedTitle(props);
  return (
    <MainPart shape="reading">
      {notice !== undefined && <Notice>{notices[notice]}</Notice>}
      <NewerVersion page={props} />
      <header class="page-head">
        <Crumbs slug={slug} />
        <h1 dir="auto" id={titleId}>
          {title}
        </h1>
        <Byline {...props} />
      </header>
      <Contents headings={headings} />
      {html.trim() === "" ? <EmptyBody {...props} /> : <Prose html={html} />}
      <LinkedFrom slug={slug} pages={backlinks} more={moreBacklinks} />
    </MainPart>
  );
}

function Byline({ slug, version, modifiedAt, modifiedBy, mayEdit }: ShowPageProps): VNode {
  return (
    <div class="byline">
      <p>
        Version {version}, <When at={modifiedAt} /> <By name={modifiedBy} />
      </p>
      {mayEdit && (
        <div class="actions">
          <a class="button main" href={addresses.editPage(slug)}>
            Edit
          </a>
          <a class="button plain" href={addresses.renamePage(slug)}>
            Rename
          </a>
        </div>
      )}
    </div>
  );
}

/** The table of contents: of two headings a reader needs none. */
function Contents({ headings }: { headings: readonly Heading[] }): VNode | null {
  if (headings.length < 3) return null;
  const top = Math.min(...headings.map(({ level }) => level));
  return (
    <nav class="contents" aria-labelledby="-contents">
      <h2 id="-contents">On this page</h2>
      <ol>
        {headings
          .filter(({ level }) => level <= top + 1)
          .map(({ level, id, text }) => (
            <li key={id} class={level === top ? undefined : "deeper"}>
              <a href={`#${id}`} dir="auto">
                {text}
              </a>
            </li>
          ))}
      </ol>
    </nav>
  );
}

function EmptyBody({ slug, mayEdit }: ShowPageProps): VNode {
  return (
    <p class="empty">
      Nothing is written here yet.{" "}
      {mayEdit && <a href={addresses.editPage(slug)}>Write the first sentence</a>}
    </p>
  );
}

type Text = Pick<ShowPageProps, "html" | "headings"> & { readonly titleId?: string | undefined };

/** A body that begins with the page's title as a heading would show it twice: once is enough. */
function withoutRepeatedTitle({ html, headings, title }: ShowPageProps): Text {
  const [first, ...others] = headings;
  const opening = /^\s*<h1\b[^>]*>[\s\S]*?<\/h1>\s*/.exec(html);
  if (opening === null || first?.level !== 1 || first.text.trim() !== title.trim()) return { html, headings };
  return { html: html.slice(opening[0].length), headings: others, titleId: first.id };
}
