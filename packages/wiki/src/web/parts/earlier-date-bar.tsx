import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { InstantForm } from "./instant-form.tsx";
import { namedInstant } from "./time.tsx";

/** When in the past a document is, and what it shows there. */
export type PastFrame = {
  /** ISO 8601. */
  readonly instant: string;
  /** Whether that time has not come yet. */
  readonly isAhead: boolean;
  /** The page that is shown, by its id; undefined on any other screen. */
  readonly pageId?: string | undefined;
  /** The address of what is shown, without the prefix of its time and the slash behind that. */
  readonly below: string;
};

/** Says that this is not the wiki as it is, and leads back to that, or to another time. */
export function PastBar({ instant, isAhead, pageId, below }: PastFrame): VNode {
  return (
    <aside class="past" aria-label="The time that you read">
      <p>
        {isAhead ? "You are reading the wiki as of " : "You are reading the wiki as it was on "}
        <time dateTime={instant}>{namedInstant(instant)}</time>
        {isAhead && ", which is still to come: it is as it is now"}.{" "}
        <a href={pageId === undefined ? addresses.home + below : addresses.pageById(pageId)}>
          Back to the present
        </a>
      </p>
      <details>
        <summary>Another time</summary>
        <InstantForm instant={instant} pageId={pageId} below={below} />
      </details>
    </aside>
  );
}
