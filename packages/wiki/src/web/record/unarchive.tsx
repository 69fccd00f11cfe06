import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field, SummaryField } from "../parts/field.tsx";
import { type FormErrors, FormTrouble } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

export type UnarchiveProps = {
  readonly page: RecordedPage;
  /** Names the version the change starts from; posted back as `base`. */
  readonly base: string;
  readonly values: { readonly slug: string; readonly summary: string };
  readonly errors?: FormErrors<"slug" | "summary">;
};

/** The form that brings an archived page back at another address, as its own is not to be had. */
export function unarchiveScreen(props: UnarchiveProps): Screen {
  return { title: `Not brought back yet: ${props.page.title}`, body: <Unarchive {...props} /> };
}

function Unarchive({ page, base, values, errors = {} }: UnarchiveProps): VNode {
  return (
    <MainPart>
      <RecordHead page={page}>
        Bring back <bdi>{page.title}</bdi>
      </RecordHead>
      <p class="lede">The page comes back with all its versions, at the address you choose.</p>
      <FormTrouble errors={errors} />
      <form class="form" method="post" action={addresses.unarchive(page.id)}>
        <input type="hidden" name="base" value={base} />
        <Field
          name="slug"
          label="Address"
          value={values.slug}
          error={errors.slug}
          hint="Letters, digits and hyphens. A / puts the page below another: handbook/on-call."
          spellCheck={false}
        />
        <SummaryField value={values.summary} error={errors.summary} />
        <div class="actions">
          <button class="button main" type="submit">
            Bring it back
          </button>
          <a class="button plain" href={addresses.pageById(page.id)}>
            Cancel
          </a>
        </div>
      </form>
    </MainPart>
  );
}
