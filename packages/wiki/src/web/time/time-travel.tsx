import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { InstantForm, type InstantFormProps } from "../parts/instant-form.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

/** The screen that asks for the date and time to view the wiki at. */
export function timeTravel(props: InstantFormProps): Screen {
  return {
    title: props.error === undefined ? strings.earlier.heading : strings.earlier.invalidTitle,
    body: <TimeTravel {...props} />,
  };
}

function TimeTravel(props: InstantFormProps): VNode {
  return (
    <MainPart>
      <h1>{strings.earlier.heading}</h1>
      <p class="lede">{strings.earlier.introduction}</p>
      <InstantForm {...props} />
      <p class="aside">
        <a href={addresses.home}>{strings.earlier.backToToday}</a>
      </p>
    </MainPart>
  );
}
