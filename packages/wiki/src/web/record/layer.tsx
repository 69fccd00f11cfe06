import type { VNode } from "preact";
import type { AuthorMark } from "./author-marks.ts";

type Props = {
  /** By how much the text grew or shrank; null if it was left alone. */
  readonly delta: number | null;
  /** The largest change of those that are shown together. */
  readonly largest: number;
  readonly mark: AuthorMark;
};

/** A version as a layer of the page: a bar as long as its change, in its author's colour. The words beside it say as much. */
export function Layer({ delta, largest, mark }: Props): VNode | null {
  if (delta === null) return null;
  // Roots, or beside one large change no other would be seen.
  const share = largest === 0 ? 0 : Math.sqrt(Math.abs(delta) / largest);
  return (
    <svg class={`layer ${mark}`} width="100%" height="4" aria-hidden="true" focusable="false">
      <rect width={`${Math.max(1, Math.round(100 * share))}%`} height="4" />
    </svg>
  );
}
