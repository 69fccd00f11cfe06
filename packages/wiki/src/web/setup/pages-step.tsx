import type { ComponentChildren, VNode } from "preact";
import type { ImportReport } from "../../import/import-files.ts";
import { addresses } from "../addresses.ts";
import { ErrorNotice, Notice } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type PagesStepProps = {
  readonly isDone?: boolean;
  readonly error?: string;
  /** The reasons why nothing was imported. */
  readonly refused?: Pick<ImportReport, "collisions" | "failed">;
  /** The result of an import. */
  readonly imported?: Pick<
    ImportReport,
    "created" | "updated" | "unchanged" | "leftAlone" | "failed" | "warnings"
  >;
};

/** A report lists at most so many files of each kind. */
const MAX_LISTED = 20;

export function PagesStep(props: PagesStepProps): VNode {
  const { imported } = props;
  return imported === undefined ? <PagesForm {...props} /> : <Imported {...imported} />;
}

function PagesForm({ error, refused }: PagesStepProps): VNode {
  return (
    <form class="form" method="post" action={addresses.setUpPages} encType="multipart/form-data">
      {error !== undefined && (
        <ErrorNotice>
          <p>{error}</p>
        </ErrorNotice>
      )}
      {refused !== undefined && <Refused {...refused} />}
      <fieldset class="options">
        <legend class="unseen">{strings.setup.pages}</legend>
        <div class="option">
          <input type="radio" name="from" value="import" id="-from-import" checked />
          <label for="-from-import">
            <b>{strings.setup.import}</b>
            <small>{strings.setup.aboutImport}</small>
          </label>
          <div class="uploads">
            <label>
              {strings.setup.archive}
              <input type="file" name="file" multiple accept=".zip,.md,.mdx,.markdown,image/*" />
            </label>
            <label>
              {strings.setup.folder}
              <input type="file" name="folder" multiple {...FOLDER} />
            </label>
            {refused !== undefined && refused.failed.length > 0 && (
              <label class="check">
                <input type="checkbox" name="skip" value="yes" />
                {strings.setup.skipFailed}
              </label>
            )}
          </div>
        </div>
        <label class="option">
          <input type="radio" name="from" value="welcome" />
          <span>
            <b>{strings.setup.welcomePage}</b>
            <small>{strings.setup.aboutWelcomePage}</small>
          </span>
        </label>
        <label class="option">
          <input type="radio" name="from" value="nothing" />
          <span>
            <b>{strings.setup.empty}</b>
            <small>{strings.setup.aboutEmpty}</small>
          </span>
        </label>
      </fieldset>
      <div class="actions">
        <button class="button main" type="submit">
          {strings.setup.continue}
        </button>
      </div>
    </form>
  );
}

/** Lets a browser choose a folder. Types of attributes lack it, since it is not in the HTML standard. */
const FOLDER = { webkitdirectory: true };

function Refused({ collisions, failed }: NonNullable<PagesStepProps["refused"]>): VNode {
  return (
    <ErrorNotice>
      <p>{strings.setup.nothingImported}</p>
      <ReportList>
        {collisions.map(({ slug, paths }) => (
          <li key={slug}>
            {paths.length > 1
              ? strings.setup.sameAddress(pathList(paths), <code dir="auto">/{slug}</code>)
              : strings.setup.addressTaken(pathList(paths), <code dir="auto">/{slug}</code>)}
          </li>
        ))}
      </ReportList>
      <Remarks remarks={failed.map(({ path, reason }) => ({ path, text: reason }))} />
    </ErrorNotice>
  );
}

function Imported(report: NonNullable<PagesStepProps["imported"]>): VNode {
  const { created, updated, unchanged, leftAlone, failed, warnings } = report;
  const pages = created.length + updated.length + unchanged.length;
  const left = leftAlone.map(({ path }) => ({ path, text: strings.setup.leftAlone }));
  const skipped = failed.map(({ path, reason }) => ({ path, text: reason }));
  const remarks = [...skipped, ...left, ...warnings];
  return (
    <div class="form">
      <Notice>
        <p>{strings.setup.imported(pages)}</p>
        {remarks.length > 0 && <p>{strings.setup.remarks(remarks.length)}</p>}
        <Remarks remarks={remarks} />
      </Notice>
      <div class="actions">
        <a class="button main" href={addresses.setup("people")}>
          {strings.setup.continue}
        </a>
      </div>
    </div>
  );
}

function Remarks({ remarks }: { remarks: ImportReport["warnings"] }): VNode {
  return (
    <ReportList>
      {remarks.map(({ path, text }, index) => (
        <li key={index}>
          <b dir="auto">{path}</b>: <span dir="auto">{text}</span>
        </li>
      ))}
    </ReportList>
  );
}

function ReportList({ children }: { children: readonly ComponentChildren[] }): VNode | null {
  if (children.length === 0) return null;
  const more = children.length - MAX_LISTED;
  return (
    <ul class="report">
      {children.slice(0, MAX_LISTED)}
      {more > 0 && <li>{strings.setup.moreFiles(more)}</li>}
    </ul>
  );
}

function pathList(paths: readonly string[]): VNode {
  return strings.list(paths.map((path) => <b dir="auto">{path}</b>));
}
