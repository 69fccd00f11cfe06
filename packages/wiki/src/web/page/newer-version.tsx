import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Notice } from "../parts/screen.tsx";

type Props = {
  /** The version that is shown or edited. */
  readonly page: { readonly id: string; readonly slug: string; readonly version: number };
  readonly editing?: boolean;
};

/** Hidden until `islands/newer-version.ts` hears of a newer version. */
export function NewerVersion({ page, editing = false }: Props): VNode {
  return (
    <div data-live={addresses.live(page.id)} data-version={page.version} hidden>
      <Notice>
        Version <span data-version-number /> is there now.{" "}
        {editing ? (
          <>
            Saving puts it together with what you write.{" "}
            <a href={addresses.diff(page.id, page.version)} data-difference>
              What changed
            </a>
          </>
        ) : (
          <a href={addresses.page(page.slug)}>Read it</a>
        )}
      </Notice>
    </div>
  );
}
