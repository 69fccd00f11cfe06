import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";

/** Links to the pages above a page, by the segments of its slug; null for a page at the top. */
export function Crumbs({ slug }: { slug: string }): VNode | null {
  const addresses = useAddresses();
  const segments = slug.split("/");
  const above = segments.slice(0, -1);
  if (above.length === 0) return null;
  return (
    <nav aria-label={strings.frame.breadcrumb}>
      <ol class="crumbs">
        {above.map((segment, index) => {
          const parent = segments.slice(0, index + 1).join("/");
          return (
            <li key={parent}>
              <a href={addresses.page(parent)} dir="auto">
                {segment}
              </a>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
