import type { VNode } from "preact";
import { Fragment } from "preact";
import { addresses } from "../addresses.ts";
import type { ChangeDescription } from "./saved-edits.ts";

/** What a save did, as the beginning of a sentence: "Title changed from A to B, text changed". */
export function Deeds({
  pageId,
  deeds,
}: {
  readonly pageId: string;
  readonly deeds: readonly ChangeDescription[];
}): VNode {
  return (
    <>
      {deeds.map((deed, index) => (
        <Fragment key={deed.kind}>
          {index > 0 && ", "}
          {said(deed, pageId, index === 0)}
        </Fragment>
      ))}
    </>
  );
}

function said(deed: ChangeDescription, pageId: string, first: boolean): VNode {
  const word = (text: string) => (first ? text : text.charAt(0).toLowerCase() + text.slice(1));
  switch (deed.kind) {
    case "created":
      return <>{word("Created")}</>;
    case "text":
      return <>{word("Text changed")}</>;
    case "title":
      return (
        <>
          {word("Title changed from")} <bdi class="name">{deed.from}</bdi> to{" "}
          <bdi class="name">{deed.to}</bdi>
        </>
      );
    case "address":
      return (
        <>
          {word("Address changed from")} <code dir="auto">/{deed.from}</code> to{" "}
          <code dir="auto">/{deed.to}</code>
        </>
      );
    case "restored":
      return (
        <>
          {word("Restored")} <a href={addresses.pageById(pageId, deed.version)}>version {deed.version}</a>
        </>
      );
    case "undone":
      return (
        <>
          {word("Took back")}{" "}
          <a href={addresses.diff(pageId, deed.first - 1, deed.last)}>
            {deed.first === deed.last ? `version ${deed.last}` : `versions ${deed.first} to ${deed.last}`}
          </a>
        </>
      );
    case "archived":
      return <>{word("Archived")}</>;
    case "unarchived":
      return (
        <>
          {word("Brought back at")} <code dir="auto">/{deed.slug}</code>
        </>
      );
  }
}
