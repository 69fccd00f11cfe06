import type { VNode } from "preact";

/** What a form says of the versions before its base that an edit was made from; nothing where there are none. */
export function MadeFromField({ versions = [] }: { versions?: readonly number[] | undefined }): VNode | null {
  return versions.length === 0 ? null : <input type="hidden" name="made-from" value={versions.join(" ")} />;
}
