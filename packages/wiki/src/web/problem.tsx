import type { VNode } from "preact";
import { useAddresses } from "./addresses.ts";
import type { Screen } from "./parts/screen.tsx";
import { MainPart } from "./parts/screen.tsx";

type ProblemStatus = 400 | 403 | 404 | 409 | 413 | 428 | 429 | 500 | 503;

export type ProblemProps = {
  readonly status: ProblemStatus;
  /** What exactly was wrong, for people; never the inside of a fault. */
  readonly detail?: string;
  /** With 403: the role that could do it. */
  readonly neededRole?: "editor" | "admin";
  /** The address the way back leads to; the start without it. */
  readonly back?: string;
  /** With 429 and 503: how long to wait. */
  readonly retryAfterSeconds?: number;
  /** With 500: by which the log names this fault. */
  readonly requestId?: string;
};

type Wording = { readonly title: string; readonly text: string };

const wordings: Record<ProblemStatus, Wording> = {
  400: {
    title: "That could not be understood",
    text: "Something in what was sent is not as it should be. Nothing was changed.",
  },
  403: {
    title: "This is not yours to do",
    text: "Your account may not do this. Nothing was changed.",
  },
  404: {
    title: "There is nothing here",
    text: "The address may be mistyped, or what it named has gone.",
  },
  409: {
    title: "Someone else was faster",
    text: "What you wanted to change has changed meanwhile. Nothing of yours was saved: go back, look at it as it is now, and try again.",
  },
  413: {
    title: "That is too much at once",
    text: "What was sent is larger than this wiki takes. Go back: your browser still has it, and in two parts it may fit.",
  },
  428: {
    title: "It is not clear which version you changed",
    text: "A change names the version it started from, so that nobody's work is overwritten. Open the form again and repeat the change.",
  },
  429: {
    title: "A little slower, please",
    text: "There were many requests in a short time. Nothing is lost.",
  },
  500: {
    title: "Something went wrong here",
    text: "It is not your doing, and it is in the log. What was saved before is safe; look whether your last change is there before you repeat it.",
  },
  503: {
    title: "Not available just now",
    text: "The wiki is starting, stopping or very busy. What was saved is safe.",
  },
};

const roleNames = { editor: "an editor", admin: "an administrator" } as const;

/** What a person sees when a request was not fulfilled: what happened, whether anything is lost, a way back. */
export function problem(props: ProblemProps): Screen {
  return { title: wordings[props.status].title, body: <Problem {...props} /> };
}

function Problem({ status, detail, neededRole, back, retryAfterSeconds, requestId }: ProblemProps): VNode {
  const addresses = useAddresses();
  const { title, text } = wordings[status];
  return (
    <MainPart>
      <h1>{title}</h1>
      <p class="lede">{text}</p>
      {detail !== undefined && (
        <p class="lede" dir="auto">
          {detail}
        </p>
      )}
      {neededRole !== undefined && (
        <p class="lede">
          Only {roleNames[neededRole]} can. Roles are given by the administrators of this wiki.
        </p>
      )}
      {retryAfterSeconds !== undefined && <p class="lede">Try again {waiting(retryAfterSeconds)}.</p>}
      <div class="invitation">
        <a class="button" href={back ?? addresses.home}>
          {back === undefined ? "To the start" : "Back"}
        </a>
      </div>
      <p class="reference">
        {status}
        {requestId !== undefined && (
          <>
            , request <code>{requestId}</code>
          </>
        )}
      </p>
    </MainPart>
  );
}

function waiting(seconds: number): string {
  if (seconds <= 1) return "in a second";
  if (seconds < 120) return `in ${Math.ceil(seconds)} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}
