import { type ComponentChildren, Fragment, type VNode } from "preact";

/** A part of a sentence that the screen renders: a name, a time, an address. */
export type Part = ComponentChildren;

/** Wraps words of a sentence in a link, which the screen renders. */
export type Link = (words: ComponentChildren) => VNode;

/** Returns a function that joins the items of an enumeration as `locale` does: "A, B and C". */
export function listsOf(locale: string): (items: readonly Part[]) => VNode {
  const list = new Intl.ListFormat(locale);
  return (items) => (
    <>
      {list.formatToParts(items.map((_, index) => String(index))).map(({ type, value }, index) => (
        <Fragment key={index}>{type === "element" ? items[Number(value)] : value}</Fragment>
      ))}
    </>
  );
}
