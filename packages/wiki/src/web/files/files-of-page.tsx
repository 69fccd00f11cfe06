import type { VNode } from "preact";
import { apiRoutes } from "../../http/routes.ts";
import { addresses } from "../addresses.ts";
import { ErrorNotice, MainPart, Notice, type Screen } from "../parts/screen.tsx";
import { UploadArea } from "../parts/upload-area.tsx";
import { strings } from "../strings/strings.ts";
import { FileRow, type ListedFile } from "./file-row.tsx";

export type FilesOfPageProps = {
  readonly page: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly archived: boolean;
  };
  /** `isUsed`: the text shows the file or links to it. */
  readonly files: readonly (ListedFile & { readonly isUsed: boolean })[];
  /** Present if the reader may change the files: the version token that forms submit as `base`. */
  readonly editBase?: string;
  /** The size of the largest accepted file. */
  readonly maxBytes: number;
  readonly notice?: string;
  readonly error?: string;
};

/** The files of a page. */
export function filesOfPage(props: FilesOfPageProps): Screen {
  const title = strings.files.ofPageTitle(props.page.title);
  return {
    title: props.error === undefined ? title : `${strings.files.notUploaded}: ${title}`,
    body: <FilesOfPage {...props} />,
    ...(props.editBase === undefined ? {} : { script: "files.js" }),
  };
}

function FilesOfPage({ page, files, editBase, maxBytes, notice, error }: FilesOfPageProps): VNode {
  const pageAddress = page.archived ? addresses.pageById(page.id) : addresses.page(page.slug);
  return (
    <MainPart>
      <h1>{strings.files.ofPage(<bdi>{page.title}</bdi>)}</h1>
      <p class="sub-navigation">
        <a href={pageAddress}>{strings.files.backToPage}</a>
        <a href={addresses.files()}>{strings.files.all}</a>
      </p>
      {notice !== undefined && <Notice>{notice}</Notice>}
      {error !== undefined && (
        <ErrorNotice>
          <p>{error}</p>
        </ErrorNotice>
      )}
      {editBase === undefined ? (
        <p class="lede">{strings.files.readOnly}</p>
      ) : (
        <UploadForm pageId={page.id} maxBytes={maxBytes} />
      )}
      {files.length === 0 ? (
        <p class="empty">{strings.files.nonePage}</p>
      ) : (
        <>
          {editBase !== undefined && (
            <p class="lede">{strings.files.about(<code>![caption](name.png)</code>)}</p>
          )}
          <ul class="files">
            {files.map((listed) => (
              <FileRow
                key={listed.file.id}
                {...listed}
                mark={listed.isUsed ? undefined : strings.files.notInText}
              >
                {editBase !== undefined && <Commands pageId={page.id} base={editBase} {...listed} />}
              </FileRow>
            ))}
          </ul>
        </>
      )}
    </MainPart>
  );
}

function UploadForm({ pageId, maxBytes }: { pageId: string; maxBytes: number }): VNode {
  return (
    <>
      <form
        class="form"
        method="post"
        encType="multipart/form-data"
        action={addresses.filesOfPage(pageId)}
        data-upload-form
      >
        <div class="field">
          <label for="-files">{strings.files.choose}</label>
          <p class="hint" id="-files-hint">
            {strings.files.hint(strings.files.size(maxBytes))}
          </p>
          <input id="-files" type="file" name="file" multiple required aria-describedby="-files-hint" />
        </div>
        <div class="actions">
          <button class="button main" type="submit">
            {strings.files.uploadButton}
          </button>
        </div>
      </form>
      <UploadArea address={apiRoutes.filesOfPageById(pageId)} />
    </>
  );
}

function Commands({
  pageId,
  base,
  file: { id, name },
}: ListedFile & { pageId: string; base: string }): VNode {
  return (
    <div class="actions">
      <details class="unfolding">
        <summary class="button plain" aria-label={strings.files.replaceFile(name)}>
          {strings.files.replace}
        </summary>
        <form
          class="form"
          method="post"
          encType="multipart/form-data"
          action={addresses.replaceFile(pageId, id)}
        >
          <input type="file" name="file" required aria-label={strings.files.newFile(name)} />
          <div class="actions">
            <button class="button" type="submit">
              {strings.files.replace}
            </button>
          </div>
        </form>
      </details>
      <details class="unfolding">
        <summary class="button plain" aria-label={strings.files.removeFile(name)}>
          {strings.files.remove}
        </summary>
        <form class="form" method="post" action={addresses.removeFile(pageId, id)}>
          <input type="hidden" name="base" value={base} />
          <p>{strings.files.aboutRemoving}</p>
          <div class="actions">
            <button class="button undoing" type="submit">
              {strings.files.remove}
            </button>
          </div>
        </form>
      </details>
    </div>
  );
}
