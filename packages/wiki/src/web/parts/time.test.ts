import { renderToString } from "preact-render-to-string";
import { describe, expect, it } from "vitest";
import { Time, type TimeProps, utcText } from "./time.tsx";

const draw = (props: TimeProps) => renderToString(Time(props));

describe("Time", () => {
  it("renders a machine-readable datetime, a UTC text, and seconds in the tooltip", () => {
    const html = draw({ at: "2026-02-03T14:05:09.123Z", form: "moment" });
    expect(html).toContain('<time datetime="2026-02-03T14:05:09.123Z"');
    expect(html).toMatch(/title="3 February 2026\b.*\b14:05:09 UTC"/);
    expect(html).toContain(">3 February 2026, 14:05 UTC</time>");
  });

  it("is a date unless another form is given", () => {
    expect(draw({ at: "2026-02-03T14:05:09Z" })).toContain(">3 February 2026</time>");
    expect(draw({ at: "2026-02-03T14:05:09Z", form: "clock" })).toContain(">14:05</time>");
  });
});

describe("utcText", () => {
  it("has the seconds only if they are not 0", () => {
    expect(utcText("2026-03-03T12:00:00.400Z")).toBe("3 March 2026, 12:00 UTC");
    expect(utcText("2026-03-03T12:00:07.000Z")).toBe("3 March 2026, 12:00:07 UTC");
  });
});
