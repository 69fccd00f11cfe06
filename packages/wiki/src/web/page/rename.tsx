import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField } from "../forms/draft-fields.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Field, SummaryField } from "../parts/field.tsx";
import { type FormErrors, FormTrouble, hasErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Trouble } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type RenamePageProps = {
  readonly page: {
    readonly slug: string;
    readonly title: string;
    /** Names the version the change starts from; posted back as `base`. */
    readonly base: string;
    /** The versions before that one that it was decided on from. */
    readonly ancestorVersions?: readonly number[];
  };
  /** What stands in the fields; at first, the present slug. */
  readonly values: { readonly slug: string; readonly summary: string };
  readonly errors?: FormErrors<"slug" | "summary">;
  /** When somebody else renamed the page meanwhile: from which slug, and who. Its slug is theirs. */
  readonly conflict?: { readonly base: string; readonly by: string | null };
};

/** The form that gives a page another address. */
export function renamePage(props: RenamePageProps): Screen {
  const isRefused = props.conflict !== undefined || hasErrors(props.errors ?? {});
  const title = isRefused ? strings.rename.notChangedTitle : strings.rename.titleOf;
  return { title: title(props.page.title), body: <RenameForm {...props} /> };
}

function RenameForm({ page, values, errors = {}, conflict }: RenamePageProps): VNode {
  return (
    <MainPart>
      <Crumbs slug={page.slug} />
      <h1>{strings.rename.heading(<bdi>{page.title}</bdi>)}</h1>
      <p class="lede">{strings.rename.about(<code>/{page.slug}</code>)}</p>
      <FormTrouble errors={errors} />
      {conflict !== undefined && (
        <Trouble>
          <p>
            {strings.rename.conflict(
              conflict.by === null ? strings.page.someone : <bdi>{conflict.by}</bdi>,
              <code>/{conflict.base}</code>,
              <code>/{page.slug}</code>,
              <code>/{values.slug}</code>,
            )}
          </p>
        </Trouble>
      )}
      <form class="form" method="post" action={addresses.renamePage(page.slug)}>
        <input type="hidden" name="base" value={page.base} />
        <AncestorVersionsField versions={page.ancestorVersions} />
        <Field
          name="slug"
          label={strings.rename.newAddress}
          value={values.slug}
          error={errors.slug}
          hint={strings.common.addressHint}
          spellCheck={false}
        />
        <SummaryField value={values.summary} error={errors.summary} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.rename.changeAddress}
          </button>
          {conflict !== undefined && (
            <button class="button" type="submit" name="choice" value="theirs" formNoValidate>
              {strings.rename.keep(page.slug)}
            </button>
          )}
          <a class="button plain" href={addresses.page(page.slug)}>
            {strings.common.cancel}
          </a>
        </div>
      </form>
      <p class="aside">
        {strings.rename.onlyAddress((words) => (
          <a href={addresses.editPage(page.slug)}>{words}</a>
        ))}
      </p>
    </MainPart>
  );
}
