import type { VNode } from "preact";
import { MAX_QUERY_UNITS } from "../../content/search/query.ts";
import { useAddresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";

type Props = {
  /** The id of the field: a document may have two such forms. */
  readonly id: string;
  /** The query of the results that are shown. */
  readonly q?: string;
};

export function SearchForm({ id, q }: Props): VNode {
  const addresses = useAddresses();
  return (
    <search class="find">
      <form method="get" action={addresses.search()}>
        <label class="unseen" for={id}>
          {strings.search.label}
        </label>
        <input
          id={id}
          type="search"
          name="q"
          value={q}
          placeholder={strings.search.placeholder}
          dir="auto"
          maxLength={MAX_QUERY_UNITS}
          autoComplete="off"
          enterkeyhint="search"
        />
        <button type="submit" aria-label={strings.search.button}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2m3.7 8.7L14.5 14.5" />
          </svg>
        </button>
      </form>
    </search>
  );
}
