import type { VNode } from "preact";
import { slugFromTitle } from "../../content/slug.ts";
import { addresses as present, useAddresses, useIsPast } from "../addresses.ts";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Trouble } from "../parts/screen.tsx";
import { SearchForm } from "../parts/search-form.tsx";

type SnippetPiece = {
  readonly text: string;
  /** Whether this is what was searched for. */
  readonly match: boolean;
};

type Hit = {
  readonly slug: string;
  readonly title: string;
  /** The texts joined are the snippet; empty for a page without a text. */
  readonly snippet: readonly SnippetPiece[];
};

export type SearchProps = {
  /** What was asked, as it was typed; empty if nothing was. */
  readonly q: string;
  /** The best first. */
  readonly hits: readonly Hit[];
  /** How many pages are found in all. */
  readonly total: number;
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Why there is no answer, for people. */
  readonly problem?: string;
  /** Whether a page that was not found can be written at once. */
  readonly mayCreate: boolean;
};

/** The pages that a query finds, a part at a time; without a query, how to ask. */
export function searchScreen(props: SearchProps): Screen {
  const { q } = props;
  return { title: q.trim() === "" ? "Search" : `${q} · Search`, body: <Search {...props} /> };
}

function Search(props: SearchProps): VNode {
  const { q, hits, problem } = props;
  return (
    <MainPart>
      <h1>Search</h1>
      <SearchForm id="-search" q={q} />
      {problem !== undefined ? (
        <Trouble>
          <p dir="auto">{problem}</p>
        </Trouble>
      ) : q.trim() === "" ? (
        <HowToAsk />
      ) : hits.length === 0 ? (
        <NothingFound {...props} />
      ) : (
        <Found {...props} />
      )}
    </MainPart>
  );
}

function Found({ hits, total, next }: SearchProps): VNode {
  return (
    <>
      <p class="count">{total === 1 ? "1 page found" : `${total.toLocaleString("en-GB")} pages found`}</p>
      <ol class="pages found">
        {hits.map((hit) => (
          <FoundPage key={hit.slug} {...hit} />
        ))}
      </ol>
      {next !== null && (
        <nav class="pager" aria-label="More of the results">
          <span />
          <a href={next} rel="next">
            More results
          </a>
        </nav>
      )}
    </>
  );
}

function FoundPage({ slug, title, snippet }: Hit): VNode {
  const addresses = useAddresses();
  return (
    <li>
      <a class="title" href={addresses.page(slug)}>
        <bdi>{title}</bdi>
      </a>
      <span class="slug">
        <bdi>{slug}</bdi>
      </span>
      {snippet.length > 0 && (
        <p class="snippet" dir="auto">
          {snippet.map(({ text, match }, index) => (match ? <mark key={index}>{text}</mark> : text))}
        </p>
      )}
    </li>
  );
}

function NothingFound({ q, total, mayCreate }: SearchProps): VNode {
  const addresses = useAddresses();
  const past = useIsPast();
  // The last part of the results, asked for when there were more.
  if (total > 0) {
    return (
      <p class="lede">
        There are no more results. <a href={addresses.search(q)}>See the first ones</a>
      </p>
    );
  }
  return (
    <>
      <p class="lede">
        Nothing was found for <q dir="auto">{q}</q>.
      </p>
      <div class="invitation">
        {mayCreate && !past && (
          <a class="button main" href={present.newPage(slugFromTitle(q))}>
            Write a page about it
          </a>
        )}
        <p class="muted">
          Fewer words find more, and <code>OR</code> between two finds pages with either.
        </p>
        <a href={addresses.allPages()}>See all pages</a>
      </div>
    </>
  );
}

function HowToAsk(): VNode {
  return (
    <>
      <p class="lede">
        Titles and texts of all pages are searched, as they {useIsPast() ? "were then" : "are now"}.
      </p>
      <dl class="facts">
        <dt>
          <code>dog cat</code>
        </dt>
        <dd>pages that have both words</dd>
        <dt>
          <code>rose OR zebra</code>
        </dt>
        <dd>pages that have either</dd>
        <dt>
          <code>"a phrase"</code>
        </dt>
        <dd>these words side by side</dd>
        <dt>
          <code>dog -cat</code>
        </dt>
        <dd>pages that have the first word and not the second</dd>
      </dl>
    </>
  );
}
