import type { Notification } from "@palimpsest/eventsourcing";
import { describe, expect, it, vi } from "vitest";
import { linksTo, SiteChanges } from "./site-changes.ts";

const view = (position: number, generation = 1) => ({ name: "site", generation, position });

function event(id: number, originatorId: string, topic = "Page.BodyUpdated"): Notification {
  const state = new Uint8Array();
  return { id, originatorId, topic, eventId: `${id}`, originatorVersion: 1, state, recordedAt: new Date(0) };
}

async function siteAt(position: number) {
  const backlinksChangedBy = vi.fn(
    async (_pageIds: readonly string[], _after: number) => new Set(["target"]),
  );
  const changes = new SiteChanges({ backlinksChangedBy });
  changes.reset(position);
  await changes.progress(view(position));
  return { changes, backlinksChangedBy, version: changes.version };
}

describe("the progress of the site view", () => {
  it("changes the links of the pages that new bodies link to", async () => {
    const { changes, backlinksChangedBy, version } = await siteAt(5);
    changes.add([event(6, "a"), event(7, "b"), event(8, "a")]);
    expect(await changes.progress(view(7))).toEqual([linksTo("target")]);
    expect(backlinksChangedBy).toHaveBeenLastCalledWith(["a", "b"], 5);
    expect(await changes.progress(view(7))).toEqual([]);
    await changes.progress(view(8));
    expect(backlinksChangedBy).toHaveBeenLastCalledWith(["a"], 7);
    expect(backlinksChangedBy).toHaveBeenCalledTimes(2);
    expect(changes.version).toBe(version);
  });

  it.each(["Page.Created", "Page.TitleUpdated", "Page.SlugUpdated", "Page.Archived", "Page.Restored"])(
    "may change anything with %s",
    async (topic) => {
      const { changes, backlinksChangedBy, version } = await siteAt(5);
      changes.add([event(6, "a"), event(7, "b", topic)]);
      expect(await changes.progress(view(7))).toEqual([]);
      expect(changes.version).not.toBe(version);
      expect(backlinksChangedBy).not.toHaveBeenCalled();
    },
  );

  it("may change anything if the view is more than 10,000 events behind", async () => {
    const { changes, backlinksChangedBy, version } = await siteAt(5);
    changes.add(Array.from({ length: 10_001 }, (_, index) => event(index + 6, "a")));
    expect(await changes.progress(view(6))).toEqual([]);
    expect(changes.version).not.toBe(version);
    expect(backlinksChangedBy).not.toHaveBeenCalled();
  });

  it("may change anything if the view is rebuilt, falls back, fails or is behind the known events", async () => {
    const { changes } = await siteAt(5);
    let { version } = changes;
    const expectAnything = async (next: ReturnType<typeof view> | undefined) => {
      expect(await changes.progress(next)).toEqual([]);
      expect(changes.version).not.toBe(version);
      ({ version } = changes);
    };
    await expectAnything(view(5, 2));
    await expectAnything(view(4, 2));
    await expectAnything(undefined);
    await expectAnything(view(5, 2));
    changes.reset(10);
    await expectAnything(view(10, 2));
    changes.add([event(12, "a")]);
    await expectAnything(view(12, 2));
  });

  it("may change anything if the links cannot be read", async () => {
    const { changes, backlinksChangedBy, version } = await siteAt(5);
    changes.add([event(6, "a")]);
    backlinksChangedBy.mockRejectedValueOnce(new Error("away"));
    expect(await changes.progress(view(6))).toEqual([]);
    expect(changes.version).not.toBe(version);
  });
});
