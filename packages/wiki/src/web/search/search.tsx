import type { VNode } from "preact";
import { slugFromTitle } from "../../content/slug.ts";
import { addresses as present, useAddresses, useIsEarlierDate } from "../addresses.ts";
import type { Screen } from "../parts/screen.tsx";
import { ErrorNotice, MainPart } from "../parts/screen.tsx";
import { SearchForm } from "../parts/search-form.tsx";
import { strings } from "../strings/strings.ts";

type SnippetPiece = {
  readonly text: string;
  /** Whether the text matches the query. */
  readonly match: boolean;
};

type Hit = {
  readonly slug: string;
  readonly title: string;
  /** The pieces of the snippet, in order; empty for a page without a text. */
  readonly snippet: readonly SnippetPiece[];
};

export type SearchProps = {
  /** The query as it was typed; may be empty. */
  readonly q: string;
  /** The best match first. */
  readonly hits: readonly Hit[];
  /** The number of pages in all parts of the list. */
  readonly total: number;
  /** Whether more pages match, which are not listed. */
  readonly moreThanTotal?: boolean | undefined;
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Why the query was refused. */
  readonly problem?: string;
  readonly mayCreate: boolean;
};

/** A part of the pages that match a query; without a query, the syntax of queries. */
export function searchScreen(props: SearchProps): Screen {
  const { q } = props;
  return {
    title: q.trim() === "" ? strings.search.heading : strings.search.titleOf(q),
    body: <Search {...props} />,
  };
}

function Search(props: SearchProps): VNode {
  const { q, hits, problem } = props;
  return (
    <MainPart>
      <h1>{strings.search.heading}</h1>
      <SearchForm id="-search" q={q} />
      {problem !== undefined ? (
        <ErrorNotice>
          <p dir="auto">{problem}</p>
        </ErrorNotice>
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

function Found({ hits, total, moreThanTotal, next }: SearchProps): VNode {
  return (
    <>
      <p class="count">
        {moreThanTotal ? strings.search.moreThanResults(total) : strings.search.results(total)}
      </p>
      <ol class="pages found">
        {hits.map((hit) => (
          <FoundPage key={hit.slug} {...hit} />
        ))}
      </ol>
      {next !== null && (
        <nav class="pager" aria-label={strings.common.pagination}>
          <span />
          <a href={next} rel="next">
            {strings.search.moreResults}
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
  const isEarlier = useIsEarlierDate();
  // The address of a part after the end of the results.
  if (total > 0) {
    return (
      <p class="lede">
        {strings.search.noMoreResults((words) => (
          <a href={addresses.search(q)}>{words}</a>
        ))}
      </p>
    );
  }
  return (
    <>
      <p class="lede">{strings.search.nothing(<q dir="auto">{q}</q>)}</p>
      <div class="invitation">
        {mayCreate && !isEarlier && (
          <a class="button main" href={present.newPage(slugFromTitle(q))}>
            {strings.common.createPage}
          </a>
        )}
        <p class="muted">{strings.search.fewerWords(<code>OR</code>)}</p>
        <a href={addresses.allPages()}>{strings.common.allPages}</a>
      </div>
    </>
  );
}

function HowToAsk(): VNode {
  return (
    <>
      <p class="lede">
        {useIsEarlierDate() ? strings.search.introductionEarlier : strings.search.introduction}
      </p>
      <dl class="facts">
        <dt>
          <code>dog cat</code>
        </dt>
        <dd>{strings.search.bothWords}</dd>
        <dt>
          <code>rose OR zebra</code>
        </dt>
        <dd>{strings.search.eitherWord}</dd>
        <dt>
          <code>"a phrase"</code>
        </dt>
        <dd>{strings.search.phrase}</dd>
        <dt>
          <code>dog -cat</code>
        </dt>
        <dd>{strings.search.notWord}</dd>
      </dl>
    </>
  );
}
