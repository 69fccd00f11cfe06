import type { VNode } from "preact";
import type { EditMerge, NamedConflict, Resolutions } from "../../application/conflict-resolution.ts";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField, DraftFields, DraftState } from "../forms/draft-fields.tsx";
import { DraftNotice, type DraftNoticeProps } from "../forms/draft-notice.tsx";
import { SummaryField } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors, hasErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import { Conflict } from "./conflict-choice.tsx";
import { MergedText } from "./merged-text.tsx";

/** The most text that is compared word by word, in all conflicts together, in UTF-16 code units. */
const MOST_COMPARED_UNITS = 100_000;
/** The most text that is shown without a comparison, in all conflicts together, and at least of each side. */
const MOST_SHOWN_UNITS = 600_000;
const LEAST_SHOWN_UNITS = 500;
/** The most text of the result that a preview shows. */
const MOST_PREVIEWED_UNITS = 500_000;

export type EditConflictProps = {
  readonly id: string;
  readonly slug: string;
  readonly base: {
    readonly version: number;
    /** The version token that the form submits as `base`. */
    readonly token: string;
  };
  readonly theirs: {
    readonly version: number;
    readonly title: string;
    /** ISO 8601. */
    readonly at: string;
    readonly by: string | null;
    /** The version token that the form submits as `theirs`. */
    readonly token: string;
  };
  readonly yours: { readonly title: string; readonly body: string; readonly summary: string };
  /** The versions before the base that yours is also based on. */
  readonly ancestorVersions: readonly number[];
  readonly merge: EditMerge;
  readonly resolutions: Resolutions;
  readonly draft: FormDraft;
  readonly openedDraft?: Pick<DraftNoticeProps, "savedAt" | "newerVersions" | "others">;
  /** Whether the form contains submitted choices that the script saves without further input. */
  readonly isUnsaved?: boolean;
  readonly result?: { readonly title: string; readonly body: string };
  readonly isDraftSaved: boolean;
  readonly errors?: FormErrors<"title" | "summary">;
};

/** The merge of an edit with conflicts, which the person resolves one by one. */
export function editConflict(props: EditConflictProps): Screen {
  const { theirs, result, errors = {} } = props;
  const task = strings.conflict.titleOf(theirs.title);
  const isPreview = result !== undefined && !hasErrors(errors);
  return {
    title: isPreview ? strings.edit.previewOf(task) : strings.edit.notSaved(task),
    body: <EditConflict {...props} />,
    script: "draft.js",
  };
}

function EditConflict(props: EditConflictProps): VNode {
  const { id, slug, theirs, yours, merge, draft, openedDraft, errors = {} } = props;
  return (
    <MainPart shape="wide">
      <h1>
        {theirs.by === null
          ? strings.conflict.someoneSavedFirst
          : strings.conflict.savedFirst(<bdi>{theirs.by}</bdi>)}
      </h1>
      <Introduction {...props} />
      <FormErrorNotice errors={errors} />
      {openedDraft !== undefined && (
        <DraftNotice pageId={id} draft={draft} returnTo={addresses.editPage(slug)} {...openedDraft} />
      )}
      {props.result !== undefined && <Result {...props.result} merge={merge} />}
      <form
        class="form"
        method="post"
        action={addresses.editPage(slug)}
        data-draft={addresses.draft(id)}
        data-unsaved={props.isUnsaved ? "" : undefined}
      >
        <HiddenFields {...props} />
        <Merge {...props} />
        {merge.title.kind === "merged" && errors.title !== undefined && (
          <p class="muted">{strings.conflict.editForTitle}</p>
        )}
        <SummaryField label={strings.forms.summary} value={yours.summary} error={errors.summary} />
        <div class="actions staying">
          <button class="button main" type="submit" name="action" value="save">
            {strings.common.save}
          </button>
          <button class="button" type="submit" name="action" value="preview">
            {strings.common.preview}
          </button>
          <button class="button" type="submit" name="action" value="edit">
            {strings.conflict.editWholeText}
          </button>
          <button class="button" type="submit" name="action" value="draft" formNoValidate>
            {strings.common.saveDraft}
          </button>
          <a class="button plain" href={addresses.page(slug)}>
            {strings.common.cancel}
          </a>
          <DraftState />
        </div>
      </form>
    </MainPart>
  );
}

/** The hidden fields for the versions and your whole text. */
function HiddenFields({ base, theirs, yours, ancestorVersions, draft }: EditConflictProps): VNode {
  return (
    <>
      <DraftFields draft={draft} />
      <input type="hidden" name="base" value={base.token} />
      <AncestorVersionsField versions={ancestorVersions} />
      <input type="hidden" name="theirs" value={theirs.token} />
      <input type="hidden" name="title" value={yours.title} />
      <input type="hidden" name="body" value={yours.body} />
    </>
  );
}

function Introduction({ id, base, theirs, merge, isDraftSaved }: EditConflictProps): VNode {
  return (
    <>
      <p class="lede">
        {strings.conflict.versions(
          base.version,
          theirs.by === null ? strings.page.someone : <bdi>{theirs.by}</bdi>,
          theirs.version,
          <Time at={theirs.at} />,
        )}{" "}
        {strings.conflict.bothChanged(merge.conflicts.length)}
      </p>
      <Notice>
        <NotShown merge={merge} />
        <p>
          {strings.conflict.yoursByDefault}{" "}
          {isDraftSaved && strings.conflict.draftSaved((words) => <a href={addresses.drafts}>{words}</a>)}{" "}
          <a href={addresses.diff(id, base.version, theirs.version)}>{strings.conflict.seeOtherChanges}</a>
        </p>
      </Notice>
    </>
  );
}

/** The title and the body in order, with conflicts between merged text. */
function Merge({ merge, theirs, resolutions }: EditConflictProps): VNode {
  const count = merge.conflicts.length;
  const numberOf = (conflict: NamedConflict) => merge.conflicts.indexOf(conflict) + 1;
  const shown = merge.conflicts.filter(({ isShown }) => isShown);
  const compared = comparable(shown);
  const maxShown = Math.max(LEAST_SHOWN_UNITS, Math.floor(MOST_SHOWN_UNITS / 3 / shown.length));
  // The merge is cut before the first conflict that is not shown, since the text around it would look continuous.
  const end = merge.body.findIndex((piece) => piece.kind === "conflict" && !piece.isShown);
  const pieces = end === -1 ? merge.body : merge.body.slice(0, end);
  const place = (conflict: NamedConflict) => (
    <Conflict
      key={conflict.name}
      conflict={conflict}
      number={numberOf(conflict)}
      count={count}
      other={theirs.by}
      resolution={resolutions.get(conflict.name)}
      isCompared={compared.has(conflict)}
      maxShown={maxShown}
    />
  );
  return (
    <div class="merge">
      {merge.title.kind === "conflict" && place(merge.title)}
      {pieces.map((piece, index) => {
        if (piece.kind === "conflict") return place(piece);
        const isFirst = index === 0;
        const isLast = index === merge.body.length - 1;
        const ends = { isFirst, isLast };
        return <MergedText key={index} text={piece.text} {...ends} maxShown={maxShown} />;
      })}
      <NotShown merge={merge} />
    </div>
  );
}

/** Explains how conflicts that are not shown are resolved; null if all are shown. */
function NotShown({ merge }: { merge: EditMerge }): VNode | null {
  const count = merge.conflicts.length;
  const first = merge.conflicts.findIndex(({ isShown }) => !isShown) + 1;
  if (first === 0) return null;
  return (
    <p>
      <strong>{strings.conflict.notShown(first, count)}</strong> {strings.conflict.editToResolve}
    </p>
  );
}

/** Returns the conflicts that are compared word by word, up to the limit. */
function comparable(conflicts: readonly NamedConflict[]): ReadonlySet<NamedConflict> {
  const compared = new Set<NamedConflict>();
  let units = 0;
  for (const conflict of conflicts) {
    const { base, theirs, yours } = conflict;
    const more = 2 * base.length + theirs.length + yours.length;
    if (units + more > MOST_COMPARED_UNITS) continue;
    units += more;
    compared.add(conflict);
  }
  return compared;
}

function Result({ title, body, merge }: { title: string; body: string; merge: EditMerge }): VNode {
  return (
    <section class="preview" aria-labelledby="-result">
      <h2 class="label" id="-result">
        {strings.edit.previewHeading}
      </h2>
      <NotShown merge={merge} />
      <p class="title" dir="auto">
        {title}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable element must be focusable */}
      <pre class="source" dir="auto" tabIndex={0}>
        {`\n${body.slice(0, MOST_PREVIEWED_UNITS)}`}
      </pre>
      {body.length > MOST_PREVIEWED_UNITS && <p class="muted">{strings.conflict.shortened}</p>}
    </section>
  );
}
