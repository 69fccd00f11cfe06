import type { VNode } from "preact";
import { parseInstant } from "../../content/instant.ts";
import { addresses } from "../addresses.ts";
import { fieldId } from "./field.tsx";

export type InstantFormProps = {
  /** ISO 8601, what stands in the field; empty if nothing does. */
  readonly instant: string;
  /** What is wrong with what was asked for. */
  readonly error?: string;
  /** The page to go on to, by its id, as it was at that time. */
  readonly pageId?: string | undefined;
  /** Or else the screen: its address without the prefix of a time and the slash behind that. */
  readonly below?: string | undefined;
};

/** Asks for a time to read the wiki at. */
export function InstantForm({ instant, error, pageId, below }: InstantFormProps): VNode {
  const id = fieldId("instant");
  return (
    <form class="instant" method="get" action={addresses.timeTravel()}>
      <div class="field">
        <label for={id}>Date and time, in UTC</label>
        <input
          id={id}
          type="datetime-local"
          name="instant"
          value={instant.slice(0, 19)}
          step={1}
          max="9999-12-31T23:59:59"
          required
          aria-invalid={error === undefined ? undefined : "true"}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
        />
        {error !== undefined && (
          <p class="error" id={`${id}-error`} dir="auto">
            {error}
          </p>
        )}
      </div>
      {pageId !== undefined && <input type="hidden" name="page" value={pageId} />}
      {pageId === undefined && below !== undefined && <input type="hidden" name="below" value={below} />}
      <button class="button" type="submit">
        Read it as it was
      </button>
    </form>
  );
}

/** What an instant has to look like, for whoever wrote another text. */
export const INSTANT_EXPECTED =
  "A day, such as 2026-03-03, or a time in UTC, such as 2026-03-03T12:00:00Z, is expected.";

/** Reads an instant as people write it into an address or a form, where a time without an offset is one of UTC. */
export function instantOf(text: string): Date | undefined {
  return parseInstant(text) ?? parseInstant(`${text}Z`);
}
