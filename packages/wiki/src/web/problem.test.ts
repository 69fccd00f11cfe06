import { renderToString } from "preact-render-to-string";
import { describe, expect, it } from "vitest";
import { SlugConflictError } from "../application/errors.ts";
import { ForbiddenError, PROBLEMS, type ProblemCode } from "../http/errors.ts";
import { InvalidEmailError } from "../identity/errors.ts";
import { errorText, fieldError } from "./error-text.ts";
import { type ProblemProps, problem } from "./problem.tsx";
import { strings } from "./strings/strings.ts";

const draw = (props: ProblemProps) => renderToString(problem(props).body);

describe("the screen of an error", () => {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];

  it.each(codes)("has a title, a text and a link home for %s", (code) => {
    const { title, text } = strings.errors[code];
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    if (typeof text === "string") expect(text).toMatch(/^[A-Z].*\.$/);
    // Any error stands for those whose values are in the text.
    const html = draw({ code, error: { value: "", what: "", names: [] } });
    expect(html).toContain(`>${title}</h1>`);
    expect(html).toContain('href="/"');
    expect(html).toContain(`${PROBLEMS[code][0]}</p>`);
  });

  it("escapes the values of an error", () => {
    const html = draw({ code: "slug-conflict", error: new SlugConflictError("<img src=x>") });
    expect(html).toContain("/&lt;img src=x>");
  });

  it("names the role that is needed", () => {
    const error = new ForbiddenError("editor", "To write here takes the role editor.");
    expect(draw({ code: "forbidden", error })).toContain("You need the editor role to do this.");
  });

  it.each([
    [0, "Try again in 1 second."],
    [20, "Try again in 20 seconds."],
    [600, "Try again in 10 minutes."],
  ])("says when to try again after %i seconds", (retryAfterSeconds, sentence) => {
    expect(draw({ code: "search-busy", retryAfterSeconds })).toContain(sentence);
  });

  it("shows the id of the request", () => {
    expect(draw({ code: "internal-error", requestId: "r-1" })).toContain("<code>r-1</code>");
  });
});

describe("fieldError", () => {
  it("returns the text of an error under the field that it concerns", () => {
    const error = new InvalidEmailError("x", 254);
    expect(fieldError(error, { "invalid-email": "email" })).toEqual({
      email: errorText("invalid-email", error),
    });
  });

  it("is undefined for other errors", () => {
    expect(fieldError(new Error("a bug"), { "invalid-email": "email" })).toBeUndefined();
    expect(fieldError(new SlugConflictError("a"), { "invalid-email": "email" })).toBeUndefined();
  });
});
