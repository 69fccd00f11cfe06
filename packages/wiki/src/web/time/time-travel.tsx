import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { InstantForm, type InstantFormProps } from "../parts/instant-form.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";

/** Where one says which time to read the wiki at. */
export function timeTravel(props: InstantFormProps): Screen {
  return {
    title: props.error === undefined ? "The wiki as it was" : "Not a time · The wiki as it was",
    body: <TimeTravel {...props} />,
  };
}

function TimeTravel(props: InstantFormProps): VNode {
  return (
    <MainPart>
      <h1>The wiki as it was</h1>
      <p class="lede">
        Every page is shown as it was at the time you choose, with the titles, addresses, links and lists of
        then; the search finds what was written then. You may read of it what you may read today.
      </p>
      <InstantForm {...props} />
      <p class="aside">
        <a href={addresses.home}>Back to the present</a>
      </p>
    </MainPart>
  );
}
