import { Fragment, type VNode } from "preact";

const NAMES_SHOWN = 5;

/** The names of files in a sentence; only the first ones of many. */
export function FileNames({ names }: { readonly names: readonly string[] }): VNode {
  return (
    <>
      {names.slice(0, NAMES_SHOWN).map((name, index) => (
        <Fragment key={name}>
          {index > 0 && ", "}
          <bdi class="name">{name}</bdi>
        </Fragment>
      ))}
      {names.length > NAMES_SHOWN && ", …"}
    </>
  );
}
