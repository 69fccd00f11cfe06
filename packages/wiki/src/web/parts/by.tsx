import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";

/** "by NAME"; null is a person whose account does not exist any more. */
export function By({ name }: { name: string | null }): VNode {
  return <>{name === null ? strings.common.byUnknown : strings.common.by(<bdi>{name}</bdi>)}</>;
}

/** A person in the record, by whose id their changes are found. */
export type ListedPerson = { readonly id: string; readonly name: string };

/** "by NAME" with a link to the person's changes; null is a person whose id is not in the record. */
export function ByPerson({ person }: { person: ListedPerson | null }): VNode {
  const addresses = useAddresses();
  if (person === null) return <By name={null} />;
  return strings.common.by(
    <a href={addresses.changes({ person: person.id })}>
      <bdi>{person.name}</bdi>
    </a>,
  );
}
