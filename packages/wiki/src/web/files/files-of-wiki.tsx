import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { NextPart } from "../parts/page-list.tsx";
import { MainPart, type Screen } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { FileRow, type ListedFile } from "./file-row.tsx";

export type FileUse = "used" | "unused" | "removed" | "archived";

export type FilesOfWikiProps = {
  readonly files: readonly (ListedFile & {
    readonly page: { readonly id: string; readonly title: string };
    readonly use: FileUse;
  })[];
  readonly onlyUnused: boolean;
  /** The address of the next part; null at the end. */
  readonly next: string | null;
};

/** A part of the list of the files of all pages, newest first. */
export function filesOfWiki(props: FilesOfWikiProps): Screen {
  const title = props.onlyUnused ? strings.files.unused : strings.files.wikiHeading;
  return { title, body: <FilesOfWiki {...props} /> };
}

function FilesOfWiki({ files, onlyUnused, next }: FilesOfWikiProps): VNode {
  return (
    <MainPart>
      <h1>{onlyUnused ? strings.files.unused : strings.files.wikiHeading}</h1>
      <p class="sub-navigation">
        {onlyUnused ? (
          <a href={addresses.files()}>{strings.files.all}</a>
        ) : (
          <a href={addresses.files("unused")}>{strings.files.unused}</a>
        )}
        <a href={addresses.allPages()}>{strings.common.allPages}</a>
      </p>
      {files.length === 0 && next === null ? (
        <p class="lede">
          {onlyUnused
            ? strings.files.noneUnused((words) => <a href={addresses.files()}>{words}</a>)
            : strings.files.none((words) => <a href={addresses.allPages()}>{words}</a>)}
        </p>
      ) : (
        <>
          {onlyUnused && <p class="lede">{strings.files.aboutUnused}</p>}
          <ul class="files">
            {files.map(({ page, use, ...listed }) => (
              <FileRow
                key={listed.file.id}
                {...listed}
                mark={use === "used" ? undefined : strings.files.states[use]}
              >
                <p>
                  <a href={addresses.filesOfPage(page.id)}>
                    <bdi>{page.title}</bdi>
                  </a>
                </p>
              </FileRow>
            ))}
          </ul>
          <NextPart next={next} />
        </>
      )}
    </MainPart>
  );
}
