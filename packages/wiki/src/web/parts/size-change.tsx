import type { VNode } from "preact";

/** By how many characters a text grew or shrank: "+12", "−3", "±0". */
export function SizeChange({ delta }: { delta: number }): VNode {
  const size = Math.abs(delta).toLocaleString("en-GB");
  return (
    <span class={`size ${delta > 0 ? "grown" : delta < 0 ? "shrunk" : "same"}`}>
      {delta > 0 ? "+" : delta < 0 ? "−" : "±"}
      {size}
      <span class="unseen"> {size === "1" ? "character" : "characters"}</span>
    </span>
  );
}
