import {
  application,
  CodedError,
  EventSourcedLog,
  NAMESPACE_URL,
  uuid5,
  type VersionRange,
} from "@palimpsest/eventsourcing";
import { Page, PageLogged, Slug, slugId } from "./domain.ts";

export class PageNotFoundError extends CodedError {
  readonly code = "page-not-found";
}

const details = ({ id, title, slug, body, modifiedBy }: Page) => ({ id, title, slug, body, modifiedBy });

export class ContentManagement extends application({
  aggregates: [Page, Slug],
  logEvents: [PageLogged],
  snapshots: { Page: { every: 5 } },
  compression: "gzip",
}) {
  readonly pageLog = new EventSourcedLog(this.events, uuid5(NAMESPACE_URL, "/page_log"), PageLogged);

  createPage(title: string, slug: string) {
    return this.withRetry(async () => {
      const page = Page.create({ title, slug, body: "" });
      const logged = this.pageLog.triggerEvent({ pageId: page.id });
      return this.save(page, logged, await this.claimSlug(slug, page.id));
    });
  }

  async pageById(id: string) {
    return details(await this.repository.get(Page, id));
  }

  async pageBySlug(slug: string) {
    return details((await this.findPage(slug)).page);
  }

  async *pages(range: VersionRange = {}) {
    for await (const { data } of this.pageLog.get(range)) yield await this.pageById(data.pageId);
  }

  updateTitle(slug: string, title: string) {
    return this.edit(slug, (page) => page.updateTitle({ title }));
  }

  updateBody(slug: string, body: string) {
    return this.edit(slug, (page) => page.updateBody(body));
  }

  updateSlug(from: string, to: string) {
    return this.withRetry(async () => {
      const { page, slug } = await this.findPage(from);
      page.updateSlug({ slug: to });
      slug.release();
      return this.save(page, slug, await this.claimSlug(to, page.id));
    });
  }

  protected async edit(slug: string, command: (page: Page) => void) {
    const { page } = await this.findPage(slug);
    return this.execute(Page, page.id, command);
  }

  protected async findPage(name: string) {
    const slug = await this.repository.find(Slug, slugId(name));
    if (!slug?.pageId) throw new PageNotFoundError(`No page has the slug "${name}".`);
    return { slug, page: await this.repository.get(Page, slug.pageId) };
  }

  protected async claimSlug(name: string, pageId: string) {
    const slug = await this.repository.find(Slug, slugId(name));
    slug?.claim({ pageId });
    return slug ?? Slug.create({ name, pageId });
  }
}
