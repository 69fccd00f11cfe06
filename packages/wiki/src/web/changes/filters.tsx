import type { VNode } from "preact";
import { CHANGE_KINDS, type ChangeKind } from "../../projections/page-change.ts";
import type { ReadingAddresses } from "../addresses.ts";
import { useAddresses } from "../addresses.ts";
import type { ListedPerson } from "../parts/by.tsx";

/** What a list of changes is limited to. */
export type ChangesFilters = {
  readonly person?: ListedPerson;
  /** The title is null if there is no page with this id. */
  readonly page?: { readonly id: string; readonly title: string | null };
  readonly kind?: ChangeKind;
};

/** Returns the addresses of the parts of the list that has these filters. */
export function addressesOf(
  addresses: ReadingAddresses,
  { person, page, kind }: ChangesFilters,
): (before?: string) => string {
  const filter = {
    ...(person === undefined ? {} : { person: person.id }),
    ...(page === undefined ? {} : { page: page.id }),
    ...(kind === undefined ? {} : { kind }),
  };
  return (before) => addresses.changes(filter, before);
}

const kindNames: Record<ChangeKind, string> = {
  created: "Created",
  "title-updated": "Title changed",
  "slug-updated": "Address changed",
  "body-updated": "Text changed",
  restored: "Version restored",
  undone: "Edit taken back",
  archived: "Archived",
  unarchived: "Brought back",
};

/** The filters that a list has, each with a way to do without it, and the form that chooses a kind. */
export function Filters(filters: ChangesFilters): VNode {
  const addresses = useAddresses();
  const { person, page, kind } = filters;
  const { person: _, ...withoutPerson } = filters;
  const { page: __, ...withoutPage } = filters;
  const { kind: ___, ...withoutKind } = filters;
  return (
    <div class="filters">
      {(person ?? page ?? kind) !== undefined && (
        <ul aria-label="Only these changes are shown">
          {person !== undefined && (
            <Filter without={addressesOf(addresses, withoutPerson)()} everything="Show everyone’s">
              By <bdi>{person.name}</bdi>
            </Filter>
          )}
          {page !== undefined && (
            <Filter without={addressesOf(addresses, withoutPage)()} everything="Show all pages">
              Of {page.title === null ? "a page that is not known" : <bdi>{page.title}</bdi>}
            </Filter>
          )}
          {kind !== undefined && (
            <Filter without={addressesOf(addresses, withoutKind)()} everything="Show every kind">
              {kindNames[kind]}
            </Filter>
          )}
        </ul>
      )}
      <form method="get" action={addresses.changes()}>
        {person !== undefined && <input type="hidden" name="person" value={person.id} />}
        {page !== undefined && <input type="hidden" name="page" value={page.id} />}
        <label for="-kind">Kind of change</label>
        <select id="-kind" name="kind">
          <option value="">Every kind</option>
          {CHANGE_KINDS.map((known) => (
            <option key={known} value={known} selected={known === kind}>
              {kindNames[known]}
            </option>
          ))}
        </select>
        <button class="button" type="submit">
          Show
        </button>
      </form>
    </div>
  );
}

function Filter(props: {
  readonly without: string;
  readonly everything: string;
  readonly children: VNode | (VNode | string)[] | string;
}): VNode {
  return (
    <li>
      <span>{props.children}</span> <a href={props.without}>{props.everything}</a>
    </li>
  );
}
