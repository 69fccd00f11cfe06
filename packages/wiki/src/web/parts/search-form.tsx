import type { VNode } from "preact";
import { MAX_QUERY_UNITS } from "../../content/search/query.ts";
import { useAddresses } from "../addresses.ts";

type Props = {
  /** Of the field: a document has two such forms at most, and their labels need to know which. */
  readonly id: string;
  /** What was asked before. */
  readonly q?: string;
};

/** The line to search the wiki from. */
export function SearchForm({ id, q }: Props): VNode {
  const addresses = useAddresses();
  return (
    <search class="find">
      <form method="get" action={addresses.search()}>
        <label class="unseen" for={id}>
          Search the wiki
        </label>
        <input
          id={id}
          type="search"
          name="q"
          value={q}
          placeholder="Search"
          dir="auto"
          maxLength={MAX_QUERY_UNITS}
          autoComplete="off"
          enterkeyhint="search"
        />
        <button type="submit" aria-label="Search">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2m3.7 8.7L14.5 14.5" />
          </svg>
        </button>
      </form>
    </search>
  );
}
