import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { DiffRow, LineEnding, TextPart } from "../../content/line-diff.ts";
import { strings } from "../strings/strings.ts";
import { visibleText } from "./drawn-rows.ts";

type ChangedRow = Extract<DiffRow, { kind: "changed" }>;
type EqualRow = Extract<DiffRow, { kind: "equal" }>;

export type SourceDiffView = "columns" | "lines";

type Props = {
  /** The HTML of the rows, from `diffRowHtml`. */
  readonly html: string;
  readonly before: string;
  readonly after: string;
};

/** Returns the HTML of one row. Browsers get thousands of them, so the rows are rendered in parts. */
export function diffRowHtml(view: SourceDiffView, row: DiffRow): string {
  const isColumns = view === "columns";
  switch (row.kind) {
    case "skipped":
      return renderToString(<SkippedRow lines={row.lines} columns={isColumns ? 4 : 3} />);
    case "equal":
      return renderToString(isColumns ? <EqualColumns {...row} /> : <EqualLine {...row} />);
    case "changed":
      return renderToString(isColumns ? <ChangedColumns {...row} /> : <ChangedLines {...row} />);
  }
}

/** Two texts side by side; in a narrow window, one below the other. */
export function DiffColumns({ html, before, after }: Props): VNode {
  return (
    <table class="diff columns">
      <caption class="unseen">{strings.diff.captionColumns}</caption>
      <colgroup>
        <col class="number" />
        <col />
        <col class="number" />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="colgroup" colSpan={2}>
            {before}
          </th>
          <th scope="colgroup" colSpan={2}>
            {after}
          </th>
        </tr>
      </thead>
      <tbody dangerouslySetInnerHTML={{ __html: html }} />
    </table>
  );
}

function EqualColumns({ line, from, to }: EqualRow): VNode {
  return (
    <tr class="same">
      <td class="line before">{from}</td>
      <Text side="before">{visibleText(line)}</Text>
      <td class="line">{to}</td>
      <Text>{visibleText(line)}</Text>
    </tr>
  );
}

function ChangedColumns(row: ChangedRow): VNode {
  const { before, after, from, to } = row;
  return (
    <tr>
      <td class={before === null ? "line none" : "line removed"}>{from}</td>
      {before === null ? <td class="text none" /> : <Went {...row} parts={before} />}
      <td class={after === null ? "line none" : "line added"}>{to}</td>
      {after === null ? <td class="text none" /> : <Came {...row} parts={after} />}
    </tr>
  );
}

/** Two texts in one column, removed lines above added ones. */
export function DiffLines({ html, before, after }: Props): VNode {
  return (
    <table class="diff lines">
      <caption class="unseen">{strings.diff.captionLines}</caption>
      <colgroup>
        <col class="number" />
        <col class="number" />
        <col />
      </colgroup>
      <thead class="unseen">
        <tr>
          <th scope="col">{strings.diff.lineOf(before)}</th>
          <th scope="col">{strings.diff.lineOf(after)}</th>
          <th scope="col">{strings.common.text}</th>
        </tr>
      </thead>
      <tbody dangerouslySetInnerHTML={{ __html: html }} />
    </table>
  );
}

function EqualLine({ line, from, to }: EqualRow): VNode {
  return (
    <tr class="same">
      <td class="line">{from}</td>
      <td class="line">{to}</td>
      <Text>{visibleText(line)}</Text>
    </tr>
  );
}

function ChangedLines(row: ChangedRow): VNode {
  const { before, after, from, to } = row;
  return (
    <>
      {before !== null && (
        <tr>
          <td class="line removed">{from}</td>
          <td class="line removed" />
          <Went {...row} parts={before} />
        </tr>
      )}
      {after !== null && (
        <tr>
          <td class="line added" />
          <td class="line added">{to}</td>
          <Came {...row} parts={after} />
        </tr>
      )}
    </>
  );
}

function Went({ parts, endings }: ChangedRow & { readonly parts: readonly TextPart[] }): VNode {
  return (
    <Text side="removed">
      <Sign sign="−" word={strings.diff.removed} />
      <Parts parts={parts} />
      {endings !== undefined && <del class="ending">{endingName(endings.before)}</del>}
    </Text>
  );
}

function Came({ parts, endings }: ChangedRow & { readonly parts: readonly TextPart[] }): VNode {
  return (
    <Text side="added">
      <Sign sign="+" word={strings.diff.added} />
      <Parts parts={parts} />
      {endings !== undefined && <ins class="ending">{endingName(endings.after)}</ins>}
    </Text>
  );
}

function endingName(ending: LineEnding): string {
  return ending === "none" ? strings.diff.noLineEnding : ending;
}

/** A hidden word with a direction of its own, so that it does not determine the direction of the line. */
function Sign({ sign, word }: { readonly sign: string; readonly word: string }): VNode {
  return (
    <>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <span class="unseen" dir="ltr">
        {word}{" "}
      </span>
    </>
  );
}

function Parts({ parts }: { readonly parts: readonly TextPart[] }): VNode {
  return (
    <>
      {parts.map(({ op, text }, index) => {
        const shown = visibleText(text);
        if (op === "delete") return <del key={index}>{shown}</del>;
        if (op === "insert") return <ins key={index}>{shown}</ins>;
        return shown;
      })}
    </>
  );
}

function Text(props: {
  readonly side?: "before" | "removed" | "added";
  readonly children: ComponentChildren;
}): VNode {
  return (
    <td class={props.side === undefined ? "text" : `text ${props.side}`}>
      <div dir="auto">{props.children}</div>
    </td>
  );
}

function SkippedRow({ lines, columns }: { readonly lines: number; readonly columns: number }): VNode {
  return (
    <tr class="skipped">
      <td colSpan={columns}>{strings.diff.unchangedLines(lines)}</td>
    </tr>
  );
}
