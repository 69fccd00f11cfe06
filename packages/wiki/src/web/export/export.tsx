import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { InstantField } from "../parts/instant-form.tsx";
import { MainPart, type Screen } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

type ExportProps = {
  /** ISO 8601, the value of the field; may be empty. */
  readonly instant: string;
  readonly error?: string;
};

/** The form that downloads all pages. */
export function exportScreen(props: ExportProps): Screen {
  return { title: strings.export.heading, body: <Export {...props} /> };
}

function Export({ instant, error }: ExportProps): VNode {
  return (
    <MainPart>
      <h1>{strings.export.heading}</h1>
      <p class="lede">{strings.export.introduction}</p>
      <form class="instant" method="get" action={addresses.exportArchive}>
        <InstantField instant={instant} error={error} hint={strings.export.dateHint} />
        <button class="button" type="submit">
          {strings.export.download}
        </button>
      </form>
      <p class="aside">{strings.export.importAgain}</p>
    </MainPart>
  );
}
