import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { AncestorVersionsField } from "../forms/draft-fields.tsx";
import { By } from "../parts/by.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Field, SummaryField } from "../parts/field.tsx";
import { type FormErrors, FormTrouble, hasErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Trouble } from "../parts/screen.tsx";

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
  const state = isRefused ? "Not renamed: " : "";
  return { title: `${state}Rename ${props.page.title}`, body: <RenameForm {...props} /> };
}

function RenameForm({ page, values, errors = {}, conflict }: RenamePageProps): VNode {
  return (
    <MainPart>
      <Crumbs slug={page.slug} />
      <h1>
        Rename <bdi>{page.title}</bdi>
      </h1>
      <p class="lede">
        The page moves to a new address with all its versions. The old address, <code>/{page.slug}</code>,
        leads to the new one until another page takes it.
      </p>
      <FormTrouble errors={errors} />
      {conflict !== undefined && (
        <Trouble>
          <p>
            Not renamed. While you were writing, the page moved from <code>/{conflict.base}</code> to{" "}
            <code>/{page.slug}</code>, <By name={conflict.by} />. You asked for <code>/{values.slug}</code>:
            choose below, or type another address.
          </p>
        </Trouble>
      )}
      <form class="form" method="post" action={addresses.renamePage(page.slug)}>
        <input type="hidden" name="base" value={page.base} />
        <AncestorVersionsField versions={page.ancestorVersions} />
        <Field
          name="slug"
          label={conflict === undefined ? "New address" : "Your address"}
          value={values.slug}
          error={errors.slug}
          hint="Letters, digits and hyphens. A / puts the page below another: handbook/on-call."
          spellCheck={false}
        />
        <SummaryField value={values.summary} error={errors.summary} />
        <div class="actions">
          <button class="button main" type="submit">
            {conflict === undefined ? "Rename" : "Take my address"}
          </button>
          {conflict !== undefined && (
            <button class="button" type="submit" name="choice" value="theirs" formNoValidate>
              Leave theirs
            </button>
          )}
          <a class="button plain" href={addresses.page(page.slug)}>
            Cancel
          </a>
        </div>
      </form>
      <p class="aside">
        Only the address changes. To change the title,{" "}
        <a href={addresses.editPage(page.slug)}>edit the page</a>.
      </p>
    </MainPart>
  );
}
