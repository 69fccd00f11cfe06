import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Notice } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

type Props = {
  readonly page: { readonly id: string; readonly slug: string; readonly version: number };
  readonly editing?: boolean;
};

/** A hidden notice that `islands/newer-version.ts` shows when a newer version exists. */
export function NewerVersion({ page, editing = false }: Props): VNode {
  const author = <bdi data-version-author>{strings.page.someone}</bdi>;
  const version = <span data-version-number />;
  return (
    <div data-live={addresses.live(page.id)} data-version={page.version} hidden>
      <Notice>
        {editing
          ? strings.page.newerVersionWhileEditing(author, version, (words) => (
              <a href={addresses.diff(page.id, page.version)} data-difference>
                {words}
              </a>
            ))
          : strings.page.newerVersion(author, version, (words) => (
              <a href={addresses.page(page.slug)}>{words}</a>
            ))}
      </Notice>
    </div>
  );
}
