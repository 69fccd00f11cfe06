import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ErrorNotice } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type PagesStepProps = {
  readonly isDone?: boolean;
  readonly error?: string;
};

export function PagesStep({ error }: PagesStepProps): VNode {
  return (
    <form class="form" method="post" action={addresses.setUpPages}>
      {error !== undefined && (
        <ErrorNotice>
          <p>{error}</p>
        </ErrorNotice>
      )}
      <fieldset class="options">
        <legend class="unseen">{strings.setup.pages}</legend>
        <label class="option">
          <input type="radio" name="from" value="welcome" checked />
          <b>{strings.setup.welcomePage}</b>
          <small>{strings.setup.aboutWelcomePage}</small>
        </label>
        <label class="option">
          <input type="radio" name="from" value="nothing" />
          <b>{strings.setup.empty}</b>
          <small>{strings.setup.aboutEmpty}</small>
        </label>
      </fieldset>
      <div class="actions">
        <button class="button main" type="submit">
          {strings.setup.continue}
        </button>
      </div>
    </form>
  );
}
