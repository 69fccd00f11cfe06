import type { VNode } from "preact";
import { addresses, addressesAt } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Prose } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type PageVersionProps = {
  readonly id: string;
  /** The slug at this version, like `title` and `archived`. */
  readonly slug: string;
  readonly title: string;
  readonly archived: boolean;
  /** From 1 to `latest`. */
  readonly version: number;
  readonly latest: number;
  /** When the version was recorded, in ISO 8601. */
  readonly at: string;
  /** A name, or null if the person is unknown. */
  readonly by: string | null;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
};

export function pageVersion(props: PageVersionProps): Screen {
  return { title: strings.pageVersion.titleOf(props.title, props.version), body: <PageVersion {...props} /> };
}

function PageVersion(props: PageVersionProps): VNode {
  const { slug, title, html } = props;
  return (
    <MainPart>
      <VersionBar {...props} />
      <header class="page-head">
        <h1 dir="auto">{title}</h1>
        <p class="byline">
          <code dir="auto">/{slug}</code>
        </p>
      </header>
      {html.trim() === "" ? <p class="empty">{strings.common.emptyVersion}</p> : <Prose html={html} />}
    </MainPart>
  );
}

function VersionBar({ id, slug, archived, version, latest, at, by }: PageVersionProps): VNode {
  const addressesAtDate = addressesAt(at);
  return (
    <aside class="notice version-bar" aria-label={strings.pageVersion.label}>
      <p>
        {strings.pageVersion.saved(version, latest, <Time at={at} form="instant" />, <By name={by} />)}
        {archived && ` ${strings.pageVersion.archivedIt}`}
      </p>
      <ul>
        {version > 1 && (
          <li>
            <a href={addresses.pageById(id, version - 1)} rel="prev">
              {strings.common.olderVersion}
            </a>
          </li>
        )}
        {version < latest && (
          <>
            <li>
              <a href={addresses.pageById(id, version + 1)} rel="next">
                {strings.common.newerVersion}
              </a>
            </li>
            <li>
              <a href={addresses.diff(id, version, latest)}>{strings.common.seeChangesSince}</a>
            </li>
          </>
        )}
        <li>
          <a href={archived ? addressesAtDate.home : addressesAtDate.page(slug)}>
            {strings.common.viewWikiThen}
          </a>
        </li>
        <li>
          <a href={addresses.history(id)}>{strings.common.history}</a>
        </li>
        <li>
          <a href={addresses.pageById(id)}>{strings.common.currentVersion}</a>
        </li>
      </ul>
    </aside>
  );
}
