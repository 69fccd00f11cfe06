import { describe, expect, it } from "vitest";
import { Page } from "../../test/sample-page.ts";
import { AggregateDeadError } from "../errors.ts";
import { beginSave, endSave } from "./aggregate.ts";

describe("saving", () => {
  it("refuses a field that was changed outside an event, as the next event does", () => {
    const page = Page.create({ title: "Fox" });
    page.title = "Smuggled";
    expect(() => beginSave(page)).toThrow('"title" of Page');
    expect(() => page.touch()).toThrow('is "Smuggled", but its events made it "Fox"');
    page.title = "Fox";
    page.labels.push("smuggled");
    expect(() => beginSave(page)).toThrow('"labels" of Page');
    page.labels.pop();
    expect(beginSave(page).aggregate.state).toMatchObject({ title: "Fox", labels: [] });
  });

  it("refuses such a change between many events", () => {
    const page = Page.create({ title: "Fox" });
    for (let count = 0; count < 20; count += 1) page.addTag(String(count));
    page.title = "Smuggled";
    page.addTag("last");
    expect(() => beginSave(page)).toThrow('"title" of Page');
    page.title = "Fox";
    expect(beginSave(page).aggregate).toMatchObject({ version: 22 });
  });

  it("refuses another save or a command until it ends", () => {
    const page = Page.create({ title: "Fox" });
    const changes = beginSave(page);
    expect(() => beginSave(page)).toThrow("is being saved");
    expect(() => page.updateTitle({ title: "Dog" })).toThrow("is being saved");
    endSave(page, changes.aggregate);
    page.updateTitle({ title: "Dog" });
    expect(page.pendingEvents.map(({ originatorVersion }) => originatorVersion)).toEqual([2]);
    expect(beginSave(page).aggregate).toMatchObject({ version: 2, state: { title: "Dog" } });
  });

  it("leaves an aggregate readable but dead if it fails", () => {
    const page = Page.create({ title: "Fox" });
    beginSave(page);
    endSave(page, undefined);
    expect(() => page.updateTitle({ title: "Dog" })).toThrow(AggregateDeadError);
    expect(() => beginSave(page)).toThrow(AggregateDeadError);
    expect(page).toMatchObject({ title: "Fox", version: 1 });
  });
});
