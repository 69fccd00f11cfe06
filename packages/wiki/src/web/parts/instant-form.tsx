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
  return (
    <form class="instant" method="get" action={addresses.timeTravel()}>
      <InstantField instant={instant} error={error} required />
      {pageId !== undefined && <input type="hidden" name="page" value={pageId} />}
      {pageId === undefined && below !== undefined && <input type="hidden" name="below" value={below} />}
      <button class="button" type="submit">
        {strings.common.viewWikiThen}
      </button>
    </form>
  );
}

type InstantFieldProps = Pick<InstantFormProps, "instant"> & {
  readonly error?: string | undefined;
  readonly hint?: string;
  readonly required?: boolean;
};

/** The field `instant` for a date and time. */
export function InstantField({ instant, error, hint, required = false }: InstantFieldProps): VNode {
  const id = fieldId("instant");
  const by = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean);
  return (
    <div class="field">
      <label for={id}>
        {strings.earlier.dateAndTime} {!required && <span class="optional">{strings.forms.optional}</span>}
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        id={id}
        type="datetime-local"
        name="instant"
        value={instant.slice(0, 19)}
        step={1}
        max="9999-12-31T23:59:59"
        required={required}
        aria-invalid={error === undefined ? undefined : "true"}
        aria-describedby={by.length === 0 ? undefined : by.join(" ")}
      />
      {error !== undefined && (
        <p class="error" id={`${id}-error`} dir="auto">
          {error}
        </p>
      )}
    </div>
  );
}

/** Parses an instant of an address or a form. A time without an offset is in UTC. */
export function instantOf(text: string): Date | undefined {
  return parseInstant(text) ?? parseInstant(`${text}Z`);
}
