import type { ComponentChildren, VNode } from "preact";
import { CHANGE_KINDS, type ChangeKind } from "../../projections/page-change.ts";
import type { ReadingAddresses } from "../addresses.ts";
import { useAddresses } from "../addresses.ts";
import type { ListedPerson } from "../parts/by.tsx";
import { strings } from "../strings/strings.ts";

export type ChangesFilters = {
  readonly person?: ListedPerson;
  /** The title is null if no page has this id. */
  readonly page?: { readonly id: string; readonly title: string | null };
  readonly kind?: ChangeKind;
};

/** Returns a function for the addresses of the parts of the filtered list. */
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

/** The filters of a list, each with a link that removes it, and the form that selects a kind. */
export function Filters(filters: ChangesFilters): VNode {
  const addresses = useAddresses();
  const { person, page, kind } = filters;
  const { person: _, ...withoutPerson } = filters;
  const { page: __, ...withoutPage } = filters;
  const { kind: ___, ...withoutKind } = filters;
  return (
    <div class="filters">
      {(person ?? page ?? kind) !== undefined && (
        <ul aria-label={strings.changes.filters}>
          {person !== undefined && (
            <Filter
              without={addressesOf(addresses, withoutPerson)()}
              everything={strings.changes.showAllPeople}
            >
              {strings.changes.byPerson(<bdi>{person.name}</bdi>)}
            </Filter>
          )}
          {page !== undefined && (
            <Filter without={addressesOf(addresses, withoutPage)()} everything={strings.changes.showAllPages}>
              {strings.changes.ofPage(
                page.title === null ? strings.changes.unknownPage : <bdi>{page.title}</bdi>,
              )}
            </Filter>
          )}
          {kind !== undefined && (
            <Filter without={addressesOf(addresses, withoutKind)()} everything={strings.changes.showAllKinds}>
              {strings.changes.kinds[kind]}
            </Filter>
          )}
        </ul>
      )}
      <form method="get" action={addresses.changes()}>
        {person !== undefined && <input type="hidden" name="person" value={person.id} />}
        {page !== undefined && <input type="hidden" name="page" value={page.id} />}
        <label for="-kind">{strings.changes.kind}</label>
        <select id="-kind" name="kind">
          <option value="">{strings.changes.allKinds}</option>
          {CHANGE_KINDS.map((known) => (
            <option key={known} value={known} selected={known === kind}>
              {strings.changes.kinds[known]}
            </option>
          ))}
        </select>
        <button class="button" type="submit">
          {strings.changes.filter}
        </button>
      </form>
    </div>
  );
}

function Filter(props: {
  readonly without: string;
  readonly everything: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <li>
      <span>{props.children}</span> <a href={props.without}>{props.everything}</a>
    </li>
  );
}
