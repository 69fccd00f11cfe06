import type { VNode } from "preact";
import type { Resolution, Resolutions } from "../../application/conflict-resolution.ts";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField, DraftFields, DraftState } from "../forms/draft-fields.tsx";
import type { Errors, TypedFields } from "../forms/page-form.ts";
import { fieldId, SummaryField } from "../parts/field.tsx";
import { FormErrorNotice } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { choiceText, OwnText } from "./conflict-choice.tsx";

export type RefusedConflictProps = {
  /** As submitted by the form. */
  readonly page: { readonly id: string | null; readonly slug: string; readonly title: string };
  /** As submitted, like all texts and choices. */
  readonly base: string;
  readonly theirs: string;
  readonly ancestorVersions: readonly number[];
  readonly draft: FormDraft;
  readonly yours: Pick<TypedFields, "title" | "body" | "summary">;
  readonly resolutions: Resolutions;
  readonly errors: Errors;
};

/** A submitted conflict form that cannot be accepted now. It is shown as submitted, without a merge. */
export function refusedConflict(props: RefusedConflictProps): Screen {
  return {
    title: strings.edit.notSaved(strings.conflict.titleOf(props.page.title)),
    body: <RefusedConflict {...props} />,
    script: "draft.js",
  };
}

function RefusedConflict(props: RefusedConflictProps): VNode {
  const { page, base, theirs, ancestorVersions, draft, yours, resolutions, errors } = props;
  return (
    <MainPart>
      <h1>{strings.conflict.someoneSavedFirst}</h1>
      <FormErrorNotice errors={errors} />
      <form
        class="form"
        method="post"
        action={addresses.editPage(page.slug)}
        data-draft={page.id === null ? undefined : addresses.draft(page.id)}
        data-unsaved=""
      >
        <DraftFields draft={draft} />
        <input type="hidden" name="base" value={base} />
        <AncestorVersionsField versions={ancestorVersions} />
        <input type="hidden" name="theirs" value={theirs} />
        <YourText title={yours.title} body={yours.body} />
        {[...resolutions].map(([name, resolution], index) => (
          <ResolvedConflict key={name} name={name} number={index + 1} resolution={resolution} />
        ))}
        <SummaryField label={strings.forms.summary} value={yours.summary} />
        <div class="actions staying">
          <button class="button main" type="submit" name="action" value="save">
            {strings.common.save}
          </button>
          <button class="button" type="submit" name="action" value="preview">
            {strings.common.preview}
          </button>
          <DraftState />
        </div>
      </form>
    </MainPart>
  );
}

/** Read-only, since the conflicts below belong to this text. */
function YourText({ title, body }: { title: string; body: string }): VNode {
  const id = { title: fieldId("title"), body: fieldId("body") };
  return (
    <>
      <div class="field">
        <label for={id.title}>{strings.conflict.yourTitle}</label>
        <input id={id.title} type="text" name="title" class="as-title" value={title} dir="auto" readOnly />
      </div>
      <div class="field">
        <label for={id.body}>{strings.conflict.yourText}</label>
        <textarea id={id.body} name="body" class="as-source" rows={16} dir="auto" readOnly>
          {/* Browsers drop the first line feed of a text area. */}
          {`\n${body}`}
        </textarea>
      </div>
    </>
  );
}

type ResolvedProps = { readonly name: string; readonly number: number; readonly resolution: Resolution };

function ResolvedConflict({ name, number, resolution: { choice, own } }: ResolvedProps): VNode {
  return (
    <fieldset class="conflict">
      <legend>{strings.conflict.place(number)}</legend>
      {choice !== undefined && (
        <p>
          {strings.conflict.chosen(choiceText(choice, null))}
          <input type="hidden" name={`choice-${name}`} value={choice} />
        </p>
      )}
      {own !== undefined && <OwnText name={name} number={number} value={own} />}
    </fieldset>
  );
}
