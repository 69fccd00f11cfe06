import type { VNode } from "preact";
import { PROBLEMS, type ProblemCode } from "../http/errors.ts";
import { useAddresses } from "./addresses.ts";
import { errorText } from "./error-text.ts";
import { MainPart, type Screen } from "./parts/screen.tsx";
import { strings } from "./strings/strings.ts";

export type ProblemProps = {
  readonly code: ProblemCode;
  /** The error with this code, for the values in its text. */
  readonly error?: unknown;
  readonly retryAfterSeconds?: number;
  /** The id of the request in the log, with `internal-error`. */
  readonly requestId?: string;
};

/** The screen for a request that was refused or failed. */
export function problem(props: ProblemProps): Screen {
  return { title: strings.errors[props.code].title, body: <Problem {...props} /> };
}

function Problem({ code, error, retryAfterSeconds, requestId }: ProblemProps): VNode {
  const addresses = useAddresses();
  return (
    <MainPart>
      <h1>{strings.errors[code].title}</h1>
      <p class="lede" dir="auto">
        {errorText(code, error)}
      </p>
      {retryAfterSeconds !== undefined && <p class="lede">{strings.problem.tryAgainIn(retryAfterSeconds)}</p>}
      {requestId !== undefined && <p class="lede">{strings.problem.reportCode(<code>{requestId}</code>)}</p>}
      <div class="invitation">
        <a class="button" href={addresses.home}>
          {strings.problem.home}
        </a>
      </div>
      <p class="reference">{PROBLEMS[code][0]}</p>
    </MainPart>
  );
}
