import { randomUUID } from "node:crypto";
import { asUser, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { asEdit } from "./edit.ts";
import { Page } from "./page.ts";
import { PAGE_LOG_ID } from "./page-log.ts";
import { Slug } from "./slug.ts";
import { requireUser, SYSTEM, UserRequiredError } from "./user.ts";

const draft = { title: "Title", slug: "slug", body: "Body\n" };

describe("a page", () => {
  it("is created with its fields and author", () => {
    const user = randomUUID();
    const page = asUser(user, () => Page.create(draft));
    expect(page).toMatchObject({ ...draft, version: 1, createdBy: user, modifiedBy: user });
  });

  it("changes by commands and records their user", () => {
    const [author, editor] = [randomUUID(), randomUUID()];
    const page = asUser(author, () => Page.create(draft));
    asUser(editor, () => {
      page.updateTitle("New");
      page.updateSlug("new");
      page.updateBody("New\n");
    });
    expect(page).toMatchObject({ title: "New", slug: "new", body: "New\n", version: 4 });
    expect(page).toMatchObject({ createdBy: author, modifiedBy: editor });
  });

  it("triggers no event for a command that changes nothing", () => {
    const page = asUser(SYSTEM, () => Page.create(draft));
    page.updateTitle("Title");
    page.updateSlug("slug");
    page.updateBody("Body\n");
    expect(page.version).toBe(1);
  });
});

describe("a slug", () => {
  it("has an id derived from its name", () => {
    expect(Slug.createId("intro")).toBe(uuid5(NAMESPACE_URL, "/slugs/intro"));
    const slug = asUser(SYSTEM, () => Slug.create({ name: "intro", pageId: randomUUID() }));
    expect(slug.id).toBe(Slug.createId("intro"));
    expect(PAGE_LOG_ID).toBe(uuid5(NAMESPACE_URL, "/page_log"));
  });

  it("records the pages that held it before", () => {
    const [first, second] = [randomUUID(), randomUUID()];
    asUser(SYSTEM, () => {
      const slug = Slug.create({ name: "intro", pageId: first });
      expect(slug).toMatchObject({ pageId: first, formerPageIds: [] });
      slug.updatePage({ pageId: null });
      expect(slug).toMatchObject({ pageId: null, formerPageIds: [first] });
      slug.updatePage({ pageId: second });
      expect(slug).toMatchObject({ pageId: second, formerPageIds: [first] });
    });
  });
});

describe("a command", () => {
  it("needs a user", () => {
    expect(() => requireUser()).toThrow(UserRequiredError);
    expect(asUser(SYSTEM, requireUser)).toBe(SYSTEM);
  });

  it("runs within an edit and returns its result", async () => {
    const page = asUser(SYSTEM, () => asEdit({ summary: "a summary" }, () => Page.create(draft)));
    expect(page.version).toBe(1);
    expect(await asEdit({ summary: "outer" }, async () => asEdit({}, async () => "result"))).toBe("result");
  });
});
