import type { ComponentChildren, VNode } from "preact";
import { fileAddress } from "../../content/file-addresses.ts";
import type { PageFile } from "../../domain/page-files.ts";
import { By } from "../parts/by.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type ListedFile = {
  readonly file: PageFile;
  /** ISO 8601; undefined if unknown. */
  readonly uploadedAt?: string | undefined;
  /** A name, or null if no account has the id. */
  readonly by?: string | null;
};

type Props = ListedFile & {
  /** A remark about its use. */
  readonly mark?: string | undefined;
  readonly children?: ComponentChildren;
};

/** Types of office documents have up to 71 characters, and their extension is shown beside them. */
const MAX_TYPE_SHOWN = 30;

/** A file as a row of a list. */
export function FileRow({ file, uploadedAt, by = null, mark, children }: Props): VNode {
  const { name, type, bytes, width, height } = file;
  const facts = [...(type.length > MAX_TYPE_SHOWN ? [] : [type]), strings.files.size(bytes)];
  if (width !== undefined && height !== undefined) facts.push(strings.files.dimensions(width, height));
  const extension = /\.([^.]{1,6})$/.exec(name)?.[1] ?? "";
  return (
    <li>
      <span class="thumbnail" aria-hidden="true">
        {type.startsWith("image/") ? (
          <img src={fileAddress(file)} alt="" loading="lazy" width={width} height={height} />
        ) : (
          extension
        )}
      </span>
      <div>
        <a class="title" href={fileAddress(file)}>
          <bdi>{name}</bdi>
        </a>
        <p>
          {facts.join(", ")}
          {mark !== undefined && (
            <>
              {" · "}
              <span class="mark">{mark}</span>
            </>
          )}
        </p>
        {uploadedAt !== undefined && (
          <p>
            <Time at={uploadedAt} /> <By name={by} />
          </p>
        )}
        {children}
      </div>
    </li>
  );
}
