import type { VNode } from "preact";

/** "by NAME", the name in its own direction; null is somebody whose account is no longer known. */
export function By({ name }: { name: string | null }): VNode {
  if (name === null) return <>by someone unknown</>;
  return (
    <>
      by <bdi>{name}</bdi>
    </>
  );
}
