import { LRUCache } from "lru-cache";
import { describe, expect, it } from "vitest";
import type { CheckedState } from "../application/change-monitor.ts";
import { ReadTrace } from "../application/read-trace.ts";
import { type CacheableResponse, CachedResponse, type Variant } from "./cached-response.ts";

const state: CheckedState = { number: 1, position: 1, epoch: 0, sources: new Map() };

function cached(response: Pick<CacheableResponse, "parts" | "fragment">): CachedResponse {
  const variants = new LRUCache<string, Variant>({ maxSize: 1_000_000 });
  return new CachedResponse(
    { contentType: "text/plain", trace: new ReadTrace(state), ...response },
    {},
    variants,
  );
}

const person = (name: string) => ({ id: name, name, email: "", role: "reader" }) as const;

describe("a cached response", () => {
  it("contains the fragment of the requester between all its parts", async () => {
    const response = cached({
      parts: ["<p>", "</p><p>", "</p>"],
      fragment: (requester) => requester?.name ?? "",
    });
    const [ada, grace] = [
      await response.variant("identity", person("Ada"), state),
      await response.variant("identity", person("Grace"), state),
    ];
    expect(ada.body.toString()).toBe("<p>Ada</p><p>Ada</p>");
    expect(grace.body.toString()).toBe("<p>Grace</p><p>Grace</p>");
    expect(ada.etag).not.toBe(grace.etag);
  });

  it("is whole without a fragment", async () => {
    const { body, etag } = await cached({ parts: ["whole"] }).variant("identity", null, state);
    expect(body.toString()).toBe("whole");
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
  });
});
