import type { VNode } from "preact";
import { parseInstant } from "../../content/instant.ts";
import { addresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";
import { fieldId } from "./field.tsx";

export type InstantFormProps = {
  /** ISO 8601, the value of the field; may be empty. */
  readonly instant: string;
  readonly error?: string;
  /** The id of the page to open at that time. */
  readonly pageId?: string | undefined;
  /** The screen to open if there is no `pageId`: its address without the prefix of a date and the slash after it. */
  readonly below?: string | undefined;
};

/** The form for the date and time to view the wiki at. */
export function InstantForm({ instant, error, pageId, below }: InstantFormProps): VNode {
  const id = fieldId("instant");
  return (
    <form class="instant" method="get" action={addresses.timeTravel()}>
      <div class="field">
        <label for={id}>{strings.earlier.dateAndTime}</label>
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
        {strings.common.viewWikiThen}
      </button>
    </form>
  );
}

/** Parses an instant of an address or a form. A time without an offset is in UTC. */
export function instantOf(text: string): Date | undefined {
  return parseInstant(text) ?? parseInstant(`${text}Z`);
}
