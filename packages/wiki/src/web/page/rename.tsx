import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField } from "../forms/draft-fields.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Field, SummaryField } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors, hasErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { ErrorNotice, MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type RenamePageProps = {
  readonly page: {
    readonly slug: string;
    readonly title: string;
    /** The version token that the form submits as `base`. */
    readonly base: string;
    /** The versions before the base that the change is also based on. */
    readonly ancestorVersions?: readonly number[];
  };
  /** The values of the fields; initially the current slug. */
  readonly values: { readonly slug: string; readonly summary: string };
  readonly errors?: FormErrors<"slug" | "summary">;
  /** If another person renamed the page: the slug at the base version, and the person. `page.slug` is their slug. */
  readonly conflict?: { readonly base: string; readonly by: string | null };
};

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
      <FormErrorNotice errors={errors} />
      {conflict !== undefined && (
        <ErrorNotice>
          <p>
            {strings.rename.conflict(
              conflict.by === null ? strings.page.someone : <bdi>{conflict.by}</bdi>,
              <code>/{conflict.base}</code>,
              <code>/{page.slug}</code>,
              <code>/{values.slug}</code>,
            )}
          </p>
        </ErrorNotice>
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
            {strings.page.changeAddress}
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
