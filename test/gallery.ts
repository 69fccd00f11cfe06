import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import { PageNotFoundError } from "../packages/wiki/src/application/errors.ts";
import { ForbiddenError, PROBLEMS } from "../packages/wiki/src/http/errors.ts";
import { renderDocument } from "../packages/wiki/src/web/document.tsx";
import { type ProblemProps, problem } from "../packages/wiki/src/web/problem.tsx";
import { editingScreens } from "./gallery-editing.ts";
import { fileScreens } from "./gallery-files.ts";
import { editor, type Row, visitor } from "./gallery-frames.ts";
import { identityScreens } from "./gallery-identity.ts";
import { readingScreens, searchAndListScreens } from "./gallery-reading.ts";
import { recordScreens } from "./gallery-record.ts";
import { setupScreens } from "./gallery-setup.ts";
import { timeScreens } from "./gallery-time.ts";

const problemsShown: readonly ProblemProps[] = [
  { code: "invalid-argument", error: new InvalidArgumentError("limit", "x", "a number") },
  { code: "forbidden", error: new ForbiddenError("editor", "") },
  { code: "page-not-found", error: new PageNotFoundError("bread") },
  { code: "edit-conflict" },
  { code: "body-too-large" },
  { code: "if-match-required" },
  { code: "too-many-requests" },
  { code: "internal-error", requestId: "req-17" },
  { code: "search-busy", retryAfterSeconds: 5 },
];

const problems = problemsShown.map(
  (props): Row => [`problem-${PROBLEMS[props.code][0]}`, visitor, problem(props)],
);

const record = recordScreens.map(([name, screen]): Row => [name, editor, screen]);

/** Every screen in every state that looks different, as whole documents. */
export function gallery(): ReadonlyMap<string, string> {
  const rows = [
    ...readingScreens,
    ...searchAndListScreens,
    ...editingScreens,
    ...fileScreens,
    ...identityScreens,
    ...setupScreens,
    ...timeScreens,
    ...problems,
    ...record,
  ];
  return new Map(rows.map(([name, frame, screen]) => [name, renderDocument(frame, screen)]));
}
