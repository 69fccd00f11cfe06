import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field } from "../parts/field.tsx";
import { strings } from "../strings/strings.ts";

export type NameStepProps = {
  readonly value: string;
  readonly isDone?: boolean;
  /** Whether the operator's setting overrides the name. */
  readonly isConfigured?: boolean;
  /** Whether everybody can read the wiki. */
  readonly isPublic?: boolean;
  readonly error?: string;
};

export function NameStep({ value, isConfigured, isPublic, error }: NameStepProps): VNode {
  return (
    <form class="form" method="post" action={addresses.setUpName}>
      {isConfigured ? (
        <p>{strings.setup.nameConfigured(<b dir="auto">{value}</b>, <code>PALIMPSEST_WIKI_NAME</code>)}</p>
      ) : (
        <Field
          name="name"
          label={strings.setup.wikiName}
          value={value}
          error={error}
          hint={strings.setup.nameHint}
          maxLength={60}
        />
      )}
      <p class="hint">
        {strings.setup.readers(isPublic ?? false)}{" "}
        {strings.setup.changeReaders(<code>PALIMPSEST_READING</code>)}
      </p>
      <div class="actions">
        <button class="button main" type="submit">
          {strings.setup.continue}
        </button>
      </div>
    </form>
  );
}
