import type { FastifyRequest } from "fastify";
import type { VNode } from "preact";
import { pagesWithSameTitle } from "../../application/same-title.ts";
import { titleKey } from "../../content/title-key.ts";
import { SITE } from "../../projections/site.ts";
import { addresses } from "../addresses.ts";
import { waitForOwnWrites } from "../last-write.ts";
import type { LinkingPage } from "../parts/page-list.tsx";
import { Notice } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { field } from "./form-fields.ts";

/** The field with the title that the person wants although other pages have it. */
const ACCEPTED = "same-title";

/**
 * Resolves to other pages with a title that a form submits. Empty if the form was sent again after it had named them. If
 * the view fails, the page is saved without the question.
 */
export async function unacceptedSameTitle(
  request: FastifyRequest,
  { views }: Pick<WebOptions, "views">,
  title: string,
  pageId?: string,
): Promise<readonly LinkingPage[]> {
  if (field(request, ACCEPTED) === titleKey(title)) return [];
  try {
    await waitForOwnWrites(request, views, SITE);
    return await pagesWithSameTitle(views, title, pageId);
  } catch (error) {
    request.log.error(error);
    return [];
  }
}

/** Names the pages that already have a title. */
export function SameTitleNotice({ title, pages }: { title: string; pages: readonly LinkingPage[] }): VNode {
  return (
    <Notice>
      <p>{strings.edit.sameTitle(pages.length, <bdi>{title}</bdi>)}</p>
      <ul>
        {pages.map((page) => (
          <li key={page.slug}>
            <a href={addresses.page(page.slug)}>
              <bdi>{page.title}</bdi>
            </a>{" "}
            <span class="slug">
              <bdi>/{page.slug}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Accepts the title if the form is sent again. */
export function AcceptedTitleField({ title }: { title: string }): VNode {
  return <input type="hidden" name={ACCEPTED} value={titleKey(title)} />;
}
