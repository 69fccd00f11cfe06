import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { apiRoutes } from "../../http/routes.ts";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField, DraftFields, DraftState } from "../forms/draft-fields.tsx";
import { DraftNotice, type DraftNoticeProps } from "../forms/draft-notice.tsx";
import { AcceptedTitleField, SameTitleNotice } from "../forms/same-title.tsx";
import { Field, SummaryField, TextField } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors, hasErrors } from "../parts/form-errors.tsx";
import type { LinkingPage } from "../parts/page-list.tsx";
import { type Heading, PageText } from "../parts/page-text.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { UploadArea } from "../parts/upload-area.tsx";
import { strings } from "../strings/strings.ts";
import { NewerVersion } from "./newer-version.tsx";

export type EditPageProps = {
  /** The page that is edited; null for a new page. */
  readonly page: {
    /** Null if the submitted form does not contain the id. */
    readonly id: string | null;
    readonly version: number;
    readonly slug: string;
    readonly title: string;
    /** The version token that the form submits as `base`. */
    readonly base: string;
    /** The versions before the base that the edit is also based on. */
    readonly ancestorVersions?: readonly number[];
  } | null;
  /** The values of the fields; `slug` is shown only for a new page. */
  readonly values: {
    readonly title: string;
    readonly slug: string;
    readonly body: string;
    readonly summary: string;
  };
  readonly errors?: FormErrors<"title" | "slug" | "body" | "summary">;
  readonly draft: FormDraft;
  /** Whether the fields contain submitted text that the script saves without further input. */
  readonly isUnsaved?: boolean;
  readonly openedDraft?: Pick<DraftNoticeProps, "savedAt" | "newerVersions">;
  readonly otherDrafts?: number;
  readonly otherNewPage?: { readonly title: string; readonly savedAt: string };
  readonly preview?: PreviewedText;
  /** Other pages with the title, which are named before the page is saved. */
  readonly sameTitle?: readonly LinkingPage[];
};

export function editPage(props: EditPageProps): Screen {
  const { page, errors = {}, preview } = props;
  const task = page === null ? strings.common.newPage : strings.edit.titleOf(page.title);
  const title = hasErrors(errors)
    ? strings.edit.notSaved(task)
    : preview !== undefined
      ? strings.edit.previewOf(task)
      : task;
  return { title, body: <PageForm {...props} />, script: "draft.js" };
}

function PageForm(props: EditPageProps): VNode {
  const { page, values, errors = {}, preview, draft, sameTitle = [] } = props;
  const isAsked = sameTitle.length > 0;
  return (
    <MainPart>
      <h1>{page === null ? strings.common.newPage : strings.edit.heading(<bdi>{page.title}</bdi>)}</h1>
      <FormErrorNotice errors={errors} />
      {isAsked && <SameTitleNotice title={values.title} pages={sameTitle} />}
      <Drafts {...props} />
      {page !== null && page.id !== null && <NewerVersion page={{ ...page, id: page.id }} editing />}
      {preview !== undefined && <Preview title={values.title} {...preview} />}
      <form
        class="form"
        method="post"
        action={page === null ? addresses.newPage() : addresses.editPage(page.slug)}
        data-draft={draftAddress(page)}
        data-unsaved={props.isUnsaved ? "" : undefined}
      >
        <DraftFields draft={draft} />
        {isAsked && <AcceptedTitleField title={values.title} />}
        {page !== null && <input type="hidden" name="base" value={page.base} />}
        <AncestorVersionsField versions={page?.ancestorVersions} />
        <PageFields values={values} errors={errors} isNew={page === null} />
        <div class="actions staying">
          <button class="button main" type="submit" name="action" value="save">
            {saveLabel(page === null, isAsked)}
          </button>
          <button class="button" type="submit" name="action" value="preview" formNoValidate>
            {strings.common.preview}
          </button>
          <button class="button" type="submit" name="action" value="draft" formNoValidate>
            {strings.common.saveDraft}
          </button>
          <a class="button plain" href={page === null ? addresses.allPages() : addresses.page(page.slug)}>
            {strings.common.cancel}
          </a>
          <DraftState />
        </div>
      </form>
    </MainPart>
  );
}

function saveLabel(isNew: boolean, isAsked: boolean): string {
  if (isAsked) return isNew ? strings.edit.createAnyway : strings.edit.saveAnyway;
  return isNew ? strings.common.createPage : strings.common.save;
}

/** Returns where the script stores drafts; undefined if the page is unknown. */
function draftAddress(page: EditPageProps["page"]): string | undefined {
  if (page === null) return addresses.newPageDraft;
  return page.id === null ? undefined : addresses.draft(page.id);
}

/** Notices about the draft in the form and about other drafts. */
function Drafts(props: EditPageProps): VNode | null {
  const { page, draft, openedDraft, otherDrafts: others = 0, otherNewPage } = props;
  if (openedDraft !== undefined) {
    const returnTo = page === null ? addresses.newPage() : addresses.editPage(page.slug);
    const shown = { pageId: page?.id ?? null, draft, returnTo, others, ...openedDraft };
    return <DraftNotice {...shown} />;
  }
  if (otherNewPage !== undefined) {
    return (
      <Notice>
        <p>
          {strings.drafts.otherNewPage(
            <bdi>{otherNewPage.title.trim() || strings.common.untitled}</bdi>,
            <Time at={otherNewPage.savedAt} form="moment" />,
            (words) => (
              <a href={addresses.newPage()}>{words}</a>
            ),
          )}
        </p>
      </Notice>
    );
  }
  if (others === 0) return null;
  return (
    <Notice>
      <p>
        {strings.drafts.ofPage(others)} <a href={addresses.drafts}>{strings.drafts.heading}</a>
      </p>
    </Notice>
  );
}

type FieldsProps = {
  readonly values: EditPageProps["values"];
  readonly errors: NonNullable<EditPageProps["errors"]>;
  readonly isNew: boolean;
};

function PageFields({ values, errors, isNew }: FieldsProps): VNode {
  return (
    <>
      <Field
        name="title"
        label={strings.common.title}
        value={values.title}
        error={errors.title}
        look="as-title"
        maxLength={500}
      />
      {isNew && (
        <Field
          name="slug"
          label={strings.common.address}
          value={values.slug}
          error={errors.slug}
          hint={strings.edit.newAddressHint}
          optional
          spellCheck={false}
        />
      )}
      <TextField
        name="body"
        label={strings.common.text}
        value={values.body}
        error={errors.body}
        hint={strings.edit.textHint}
        look="as-source"
        rows={16}
      />
      <UploadArea address={apiRoutes.files} inserts="body" />
      <SummaryField label={strings.forms.summary} value={values.summary} error={errors.summary} />
    </>
  );
}

type PreviewedText = {
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly titleId?: string;
};

function Preview({ title, titleId, html, headings }: PreviewedText & { title: string }): VNode {
  return (
    <section class="preview" aria-labelledby="-preview">
      <h2 class="label" id="-preview">
        {strings.edit.previewHeading}
      </h2>
      {title !== "" && (
        <p class="title" dir="auto" id={titleId}>
          {title}
        </p>
      )}
      {html.trim() === "" ? (
        <p class="empty">{strings.edit.noText}</p>
      ) : (
        <PageText html={html} headings={headings} />
      )}
    </section>
  );
}
