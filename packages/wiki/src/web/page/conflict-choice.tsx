import type { ComponentChildren, VNode } from "preact";
import {
  CHOICES,
  type Choice,
  type NamedConflict,
  type Resolution,
} from "../../application/conflict-resolution.ts";
import { textDiff } from "../../content/line-diff.ts";
import { splitLines } from "../../content/lines.ts";
import { strings } from "../strings/strings.ts";

const MOST_ROWS = 14;

/** Returns the name of a choice; `other` is the person who saved the current version. */
export function choiceText(choice: Choice, other: string | null): ComponentChildren {
  if (choice !== "theirs") return strings.conflict.choices[choice];
  return other === null ? strings.conflict.keepCurrent : strings.conflict.keepTheirs(<bdi>{other}</bdi>);
}

type Props = {
  readonly conflict: NamedConflict;
  readonly number: number;
  readonly count: number;
  /** The person who saved the current version; null if unknown. */
  readonly other: string | null;
  readonly resolution: Resolution | undefined;
  readonly isCompared: boolean;
  /** The most text that is shown of each side, in UTF-16 code units. */
  readonly maxShown: number;
};

export function Conflict(props: Props): VNode {
  const { conflict, number, count, other, resolution, isCompared, maxShown } = props;
  const { name, base, theirs, yours, isEditable } = conflict;
  const side = { base, isCompared, maxShown };
  const field = name === "title" ? strings.common.title : strings.common.text;
  return (
    <fieldset class="conflict">
      <legend>{strings.conflict.placeOf(number, count, field)}</legend>
      <div class="texts">
        <Side label={strings.conflict.original} text={base} {...side} />
        <Side label={other ?? strings.conflict.other} text={theirs} {...side} />
        <Side label={strings.conflict.yours} text={yours} {...side} />
      </div>
      <div class="choices">
        {choicesFor(conflict).map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name={`choice-${name}`}
              value={choice}
              checked={resolution?.choice === choice}
            />{" "}
            <span>{choiceText(choice, other)}</span>
          </label>
        ))}
      </div>
      {isEditable ? (
        <OwnText name={name} number={number} value={resolution?.own ?? yours} />
      ) : (
        <p class="muted">{strings.conflict.editToResolve}</p>
      )}
    </fieldset>
  );
}

function choicesFor({ name, isEditable }: NamedConflict): readonly Choice[] {
  return CHOICES.filter((choice) => (choice === "both" ? name !== "title" : choice !== "own" || isEditable));
}

type OwnTextProps = {
  readonly name: string;
  readonly number: number;
  readonly value: string;
};

export function OwnText({ name, number, value }: OwnTextProps): VNode {
  const attributes = {
    name: `own-${name}`,
    "aria-label": strings.conflict.editedText(number),
    dir: "auto",
  } as const;
  return (
    <div class="field">
      {name === "title" ? (
        <input {...attributes} type="text" class="as-title" value={value} maxLength={500} />
      ) : (
        <textarea {...attributes} class="as-source" rows={Math.min(MOST_ROWS, splitLines(value).length + 1)}>
          {/* Browsers drop the first line feed of a text area. */}
          {`\n${value}`}
        </textarea>
      )}
    </div>
  );
}

type SideProps = {
  readonly label: string;
  readonly base: string;
  readonly text: string;
  readonly isCompared: boolean;
  readonly maxShown: number;
};

function Side({ label, base, text, isCompared, maxShown }: SideProps): VNode {
  const isCut = !isCompared && text.length > maxShown;
  const parts = isCompared ? textDiff(base, text) : [{ op: "equal", text: text.slice(0, maxShown) } as const];
  return (
    <div class="text">
      <p class="label">
        <bdi>{label}</bdi>
      </p>
      {text === "" && base === "" ? (
        <p class="muted">{strings.conflict.empty}</p>
      ) : (
        <pre dir="auto">
          {"\n"}
          {parts.map(({ op, text: part }, index) =>
            op === "equal" ? (
              <span key={index}>{part}</span>
            ) : op === "insert" ? (
              <ins key={index}>{part}</ins>
            ) : (
              <del key={index}>{part}</del>
            ),
          )}
        </pre>
      )}
      {text === "" && base !== "" && <p class="muted">{strings.conflict.removed}</p>}
      {differsInEndingsAlone(base, text) && <p class="muted">{strings.conflict.onlyLineEndings}</p>}
      {isCut && <p class="muted">{strings.conflict.shortened}</p>}
    </div>
  );
}

function differsInEndingsAlone(base: string, text: string): boolean {
  const plain = (one: string) => one.replace(/\r\n|\r/g, "\n");
  return base !== text && plain(base) === plain(text);
}
