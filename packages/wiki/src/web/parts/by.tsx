import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";

/** "by NAME". A name of null means that the account does not exist any more. */
export function By({ name }: { name: string | null }): VNode {
  return <>{name === null ? strings.common.byUnknown : strings.common.by(<bdi>{name}</bdi>)}</>;
}

/** The author of a change. Links to the author's changes contain the id. */
export type ListedPerson = { readonly id: string; readonly name: string };

/** "by NAME" with a link to the person's changes. Null means that the events do not contain the id. */
export function ByPerson({ person }: { person: ListedPerson | null }): VNode {
  const addresses = useAddresses();
  if (person === null) return <By name={null} />;
  return strings.common.by(
    <a href={addresses.changes({ person: person.id })}>
      <bdi>{person.name}</bdi>
    </a>,
  );
}
