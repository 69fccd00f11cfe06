import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { type ProblemProps, problem } from "./problem.tsx";

const draw = (props: ProblemProps) => renderToString(problem(props).body);

describe("a problem", () => {
  test.each([400, 403, 404, 409, 413, 428, 429, 500, 503] as const)(
    "%i has its own words and a way back",
    (status) => {
      const html = draw({ status });
      expect(html).toContain(`>${problem({ status }).title}</h1>`);
      expect(html).toContain('href="/"');
      expect(html).toContain(`${status}</p>`);
    },
  );

  test("says what exactly was wrong, without trusting it", () => {
    expect(draw({ status: 400, detail: "<img src=x>" })).toContain("&lt;img src=x>");
  });

  test("says which role is needed, and leads back to where one was", () => {
    const html = draw({ status: 403, neededRole: "editor", back: "/a" });
    expect(html).toContain("Only an editor can.");
    expect(html).toContain('href="/a"');
  });

  test.each([
    [0, "in a second"],
    [20, "in 20 seconds"],
    [600, "in 10 minutes"],
  ])("to wait %i seconds for reads %s", (retryAfterSeconds, words) => {
    expect(draw({ status: 429, retryAfterSeconds })).toContain(`Try again ${words}.`);
  });

  test("names the request, by which the log has it", () => {
    expect(draw({ status: 500, requestId: "r-1" })).toContain("<code>r-1</code>");
  });
});
