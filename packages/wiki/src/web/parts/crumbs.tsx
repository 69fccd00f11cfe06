import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";

/** The way down to a page, by the segments of its slug; nothing for a page at the top. */
export function Crumbs({ slug }: { slug: string }): VNode | null {
  const addresses = useAddresses();
  const segments = slug.split("/");
  const above = segments.slice(0, -1);
  if (above.length === 0) return null;
  return (
    <nav aria-label="Where this page is">
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
