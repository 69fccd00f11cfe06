import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";

/** "by NAME", the name in its own direction; null is somebody whose account is no longer known. */
export function By({ name }: { name: string | null }): VNode {
  if (name === null) return <>by someone unknown</>;
  return (
    <>
      by <bdi>{name}</bdi>
    </>
  );
}

/** Somebody whom the record names: by whose id there is more to see of them. */
export type ListedPerson = { readonly id: string; readonly name: string };

/** "by NAME", which leads to all that person's changes; null is somebody whose id is not in the record. */
export function ByPerson({ person }: { person: ListedPerson | null }): VNode {
  const addresses = useAddresses();
  if (person === null) return <By name={null} />;
  return (
    <>
      by{" "}
      <a href={addresses.changes({ person: person.id })}>
        <bdi>{person.name}</bdi>
      </a>
    </>
  );
}
