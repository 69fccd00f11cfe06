import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";
import { InstantForm } from "./instant-form.tsx";
import { Time } from "./time.tsx";

export type EarlierDateFrame = {
  /** ISO 8601. */
  readonly instant: string;
  /** Whether the instant is in the future. */
  readonly isAhead: boolean;
  /** The id of the page that is shown; undefined on other screens. */
  readonly pageId?: string | undefined;
  /** The address of the screen, without the prefix of the earlier date and the slash after it. */
  readonly below: string;
};

/** Shows the earlier date of a document, with a link to the current wiki and a form for another date. */
export function EarlierDateBar({ instant, isAhead, pageId, below }: EarlierDateFrame): VNode {
  const { earlier } = strings;
  const viewing = isAhead ? earlier.viewingFuture : earlier.viewing;
  return (
    <aside class="past" aria-label={earlier.label}>
      <p>
        {viewing(<Time at={instant} form="instant" />)}{" "}
        <a href={pageId === undefined ? addresses.home + below : addresses.pageById(pageId)}>
          {earlier.backToToday}
        </a>
      </p>
      <details>
        <summary>{earlier.changeDate}</summary>
        <InstantForm instant={instant} pageId={pageId} below={below} />
      </details>
    </aside>
  );
}
