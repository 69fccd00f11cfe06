import { type ComponentChildren, Fragment, type VNode } from "preact";
import { addresses } from "../addresses.ts";
import { FileNames } from "../parts/file-names.tsx";
import { strings } from "../strings/strings.ts";
import type { ChangeDescription } from "./saved-edits.ts";

type Props = { readonly pageId: string; readonly changes: readonly ChangeDescription[] };

/** The changes of a save: "Title changed from A to B · Text changed". */
export function ChangeDescriptions({ pageId, changes }: Props): VNode {
  return (
    <>
      {changes.map((change, index) => (
        <Fragment key={change.kind}>
          {index > 0 && " · "}
          {describe(change, pageId)}
        </Fragment>
      ))}
    </>
  );
}

function describe(change: ChangeDescription, pageId: string): ComponentChildren {
  const { changeDescriptions: texts } = strings;
  switch (change.kind) {
    case "created":
    case "archived":
      return strings.changes.kinds[change.kind];
    case "text":
      return strings.changes.kinds["body-updated"];
    case "title":
      return texts.title(<bdi class="name">{change.from}</bdi>, <bdi class="name">{change.to}</bdi>);
    case "address":
      return texts.address(<code dir="auto">/{change.from}</code>, <code dir="auto">/{change.to}</code>);
    case "restored":
      return texts.restored(
        <a href={addresses.pageById(pageId, change.version)}>{strings.common.version(change.version)}</a>,
      );
    case "undone":
      return texts.undone(
        <a href={addresses.diff(pageId, change.first - 1, change.last)}>
          {strings.history.versions(change.first, change.last)}
        </a>,
      );
    case "files-attached":
    case "files-replaced":
    case "files-removed":
      return texts[change.kind](<FileNames names={change.names} />);
    case "unarchived":
      return texts.unarchived(<code dir="auto">/{change.slug}</code>);
  }
}
