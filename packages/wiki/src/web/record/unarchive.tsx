import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field, SummaryField } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

export type UnarchiveProps = {
  readonly page: RecordedPage;
  /** The version token that the form submits as `base`. */
  readonly base: string;
  readonly values: { readonly slug: string; readonly summary: string };
  readonly errors?: FormErrors<"slug" | "summary">;
};

/** The form that unarchives a page at another address, since its own is taken or invalid. */
export function unarchiveScreen(props: UnarchiveProps): Screen {
  return { title: strings.unarchive.notUnarchived(props.page.title), body: <Unarchive {...props} /> };
}

function Unarchive({ page, base, values, errors = {} }: UnarchiveProps): VNode {
  return (
    <MainPart>
      <RecordHead page={page}>{strings.unarchive.heading(<bdi>{page.title}</bdi>)}</RecordHead>
      <p class="lede">{strings.unarchive.about}</p>
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.unarchive(page.id)}>
        <input type="hidden" name="base" value={base} />
        <Field
          name="slug"
          label={strings.common.address}
          value={values.slug}
          error={errors.slug}
          hint={strings.common.addressHint}
          spellCheck={false}
        />
        <SummaryField value={values.summary} error={errors.summary} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.common.unarchivePage}
          </button>
          <a class="button plain" href={addresses.pageById(page.id)}>
            {strings.common.cancel}
          </a>
        </div>
      </form>
    </MainPart>
  );
}
