// The recent changes of all pages as people see them.

import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { invalid, recordScreens, UNKNOWN_ID } from "./fixtures/record-screens.ts";

const screens = recordScreens();
const { edit, get } = screens;

describe("the changes of all pages", () => {
  const changes = async (filter: Parameters<typeof addresses.changes>[0], status = 200) => {
    const position = await screens.wiki.wiki.content.position();
    await screens.wiki.wiki.views.runner.waitFor(undefined, position, { timeoutMs: 10_000 });
    return get(addresses.changes(filter), undefined, status);
  };

  it("can be filtered by person, page or kind", async () => {
    await edit(screens.two, { title: "On-call", summary: "By the second" });
    await asUser(screens.one.id, () =>
      screens.wiki.wiki.content.addPage({ title: "Other", summary: "Of the other" }),
    );
    const ofTwo = await changes({ person: screens.two.id });
    expect(ofTwo).toContain("By the second");
    expect(ofTwo).not.toContain("Of the other");
    expect(ofTwo).toContain("By <bdi>Editor Two</bdi>");
    const ofPage = await changes({ page: screens.page.id });
    expect(ofPage).toContain("Of <bdi>On-call</bdi>");
    expect(ofPage).not.toContain("Of the other");
    const created = await changes({ kind: "created" });
    expect(created).toContain("Of the other");
    expect(created).not.toContain("By the second");
    expect(await changes({ kind: "archived", page: screens.page.id })).toContain(strings.changes.noneMatch);
    expect(await changes({ kind: "" })).toContain("By the second");
  });

  it("are empty for unknown persons and pages, and reject invalid filters", async () => {
    expect(await changes({ person: UNKNOWN_ID })).toContain(strings.changes.noneMatch);
    expect(await changes({ page: UNKNOWN_ID })).toContain(strings.changes.unknownPage);
    expect(await changes({ person: "x" }, 400)).toContain(invalid("person"));
    expect(await changes({ page: "x" }, 400)).toContain(invalid("page"));
    expect(await changes({ kind: "x" }, 400)).toContain(invalid("kind"));
    expect(await get("/-/changes?before=x", undefined, 400)).toContain(invalid("before"));
  });
});
