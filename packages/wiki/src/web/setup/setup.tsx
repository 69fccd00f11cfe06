import type { ComponentChildren, VNode } from "preact";
import type { SetupStep } from "../../identity/setup-steps.ts";
import { addresses } from "../addresses.ts";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { AccountStep, type AccountStepProps } from "./account-step.tsx";
import { NameStep, type NameStepProps } from "./name-step.tsx";
import { PagesStep, type PagesStepProps } from "./pages-step.tsx";
import { PeopleStep, type PeopleStepProps } from "./people-step.tsx";

export type SetupProps = {
  readonly account: AccountStepProps | { readonly administrator: string };
  /** The step that is open. */
  readonly open?: SetupStep;
  readonly name?: NameStepProps;
  readonly pages?: PagesStepProps;
  readonly people?: PeopleStepProps;
};

/** The steps of the set-up. Before the first step is done, the others cannot be opened. */
export function setup(props: SetupProps): Screen {
  return { title: strings.setup.heading, body: <Setup {...props} /> };
}

function Setup({ account, open, name, pages, people }: SetupProps): VNode {
  return (
    <MainPart shape="setup">
      <h1>{strings.setup.heading}</h1>
      <p class="lede">{strings.setup.introduction}</p>
      <ol class="steps">
        {"administrator" in account ? (
          <Step number={1} title={strings.setup.account} isDone note={account.administrator} />
        ) : (
          <Step number={1} title={strings.setup.account} isOpen>
            <AccountStep {...account} />
          </Step>
        )}
        <Step
          number={2}
          title={strings.setup.name}
          isDone={name?.isDone}
          isOpen={open === "name"}
          note={name?.isDone ? name.value : undefined}
        >
          {name && <NameStep {...name} />}
        </Step>
        <Step
          number={3}
          title={strings.setup.pages}
          isDone={pages?.isDone}
          isOpen={open === "pages"}
          note={pages?.isDone ? undefined : strings.setup.pagesNote}
        >
          {pages && <PagesStep {...pages} />}
        </Step>
        <Step
          number={4}
          title={strings.setup.people}
          isOpen={open === "people"}
          note={strings.setup.optional}
        >
          {people && <PeopleStep {...people} />}
        </Step>
      </ol>
    </MainPart>
  );
}

type StepProps = {
  readonly number: number;
  readonly title: string;
  readonly note?: string | undefined;
  readonly isDone?: boolean | undefined;
  readonly isOpen?: boolean;
  readonly children?: ComponentChildren;
};

/** A step that opens if it has content. */
function Step({ number, title, note, isDone = false, isOpen = false, children }: StepProps): VNode {
  const head = (
    <>
      <span class="number">
        {isDone ? (
          <>
            <span aria-hidden="true">✓</span> <span class="unseen">{strings.setup.done}</span>
          </>
        ) : (
          number
        )}
      </span>
      <h2>{title}</h2>
      <small class="note" dir="auto">
        {note}
      </small>
    </>
  );
  return (
    <li class={isDone ? "step done" : "step"}>
      {children ? (
        <details name="setup" open={isOpen}>
          <summary>{head}</summary>
          <div class="content">{children}</div>
        </details>
      ) : (
        <div class="head">{head}</div>
      )}
    </li>
  );
}

/** Tells a visitor that they cannot set up this wiki. */
export function alreadySetUp({ isSignedIn }: { readonly isSignedIn: boolean }): Screen {
  return {
    title: strings.setup.heading,
    body: (
      <MainPart shape="setup">
        <h1>{strings.setup.alreadySetUp}</h1>
        <p class="lede">{isSignedIn ? strings.setup.askAdministrator : strings.setup.signInToContinue}</p>
        <div class="invitation">
          {isSignedIn ? (
            <a class="button main" href={addresses.home}>
              {strings.setup.openWiki}
            </a>
          ) : (
            <a class="button main" href={addresses.signIn(addresses.setup())}>
              {strings.common.signIn}
            </a>
          )}
        </div>
      </MainPart>
    ),
  };
}
