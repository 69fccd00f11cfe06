import type { VNode } from "preact";
import { namedInstant } from "../time/instants.ts";

/** When a draft was kept, to the minute; given in ISO 8601. */
export function KeptAt({ at }: { at: string }): VNode {
  return <time dateTime={at}>{namedInstant(`${at.slice(0, 16)}Z`)}</time>;
}
