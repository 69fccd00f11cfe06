import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../by.tsx";
import { CsrfField } from "../csrf-field.tsx";
import { Field, TextField } from "../field.tsx";
import { MainPart } from "../main-part.tsx";
import { Trouble } from "../notice.tsx";
import type { Screen } from "../screen.ts";
import { When } from "../when.tsx";
import { type LineChange, lineChanges } from "./line-changes.ts";

// Longer than anybody compares by eye, short enough for a browser to draw at once.
const MAX_SHOWN_CHANGES = 2_000;

type TitleAndBody = { readonly title: string; readonly body: string };

export type EditConflictProps = {
  readonly csrf: string;
  readonly slug: string;
  /** Both texts with the line endings of the page, or every line would count as changed. */
  readonly base: TitleAndBody & { readonly version: number };
  readonly theirs: TitleAndBody & {
    readonly version: number;
    /** ISO 8601. */
    readonly at: string;
    readonly by: string | null;
    /** Names their version, from which the next attempt starts; posted as `base`. */
    readonly base: string;
  };
  readonly yours: TitleAndBody & { readonly summary: string };
};

/** An edit that was refused, as the page had changed meanwhile: all three texts, and yours to go on with. */
export function editConflict(props: EditConflictProps): Screen {
  return { title: `Not saved: ${props.theirs.title} has changed meanwhile`, body: <Conflict {...props} /> };
}

function Conflict(props: EditConflictProps): VNode {
  const { base, theirs } = props;
  return (
    <MainPart shape="wide">
      <h1>
        Someone else changed <bdi>{theirs.title}</bdi>
      </h1>
      <p class="lede">
        You began with version {base.version}. While you were writing, version {theirs.version} was saved.
        Your text is not saved yet, and nothing of it is lost: it is below, still yours to edit. Take over
        from theirs what should stay, then save.
      </p>
      <Trouble>
        <p>If you save now, your text becomes the next version as it stands. Theirs stays in the record.</p>
      </Trouble>
      <div class="sides">
        <Theirs {...props} />
        <Yours {...props} />
      </div>
      <details class="more">
        <summary>Version {base.version}, where you both began</summary>
        <Whole {...base} />
      </details>
    </MainPart>
  );
}

function Theirs({ base, theirs }: EditConflictProps): VNode {
  return (
    <section class="side" aria-labelledby="-theirs">
      <h2 id="-theirs">What they changed</h2>
      <p class="muted">
        Version {theirs.version}, <When at={theirs.at} /> <By name={theirs.by} />
      </p>
      <Changes from={base} to={theirs} />
      <details class="more">
        <summary>Their whole text</summary>
        <Whole {...theirs} />
      </details>
    </section>
  );
}

function Yours({ csrf, slug, base, theirs, yours }: EditConflictProps): VNode {
  return (
    <section class="side" aria-labelledby="-yours">
      <h2 id="-yours">Yours</h2>
      <p class="muted">Not saved yet</p>
      <details class="more" open>
        <summary>What you changed</summary>
        <Changes from={base} to={yours} />
      </details>
      <form class="form" method="post" action={addresses.editPage(slug)}>
        <CsrfField csrf={csrf} />
        <input type="hidden" name="base" value={theirs.base} />
        <Field name="title" label="Title" value={yours.title} look="as-title" maxLength={500} />
        <TextField name="body" label="Your text" value={yours.body} look="as-source" rows={16} />
        <Field name="summary" label="What changed, and why" value={yours.summary} maxLength={500} optional />
        <div class="actions staying">
          <button class="button main" type="submit" name="action" value="save">
            Save mine as the next version
          </button>
          <a class="button plain" href={addresses.page(slug)}>
            Leave without saving
          </a>
        </div>
      </form>
    </section>
  );
}

function Changes({ from, to }: { from: TitleAndBody; to: TitleAndBody }): VNode {
  const changes = lineChanges(from.body, to.body);
  return (
    <>
      {from.title !== to.title && (
        <p>
          Title: <del dir="auto">{from.title}</del> <ins dir="auto">{to.title}</ins>
        </p>
      )}
      {changes.length === 0 ? (
        <p class="muted">The text is the same as before.</p>
      ) : (
        <div class="changes">{changes.slice(0, MAX_SHOWN_CHANGES).map(changedLine)}</div>
      )}
      {changes.length > MAX_SHOWN_CHANGES && <p class="muted">And more, which the whole text shows.</p>}
    </>
  );
}

function changedLine(change: LineChange, index: number): VNode {
  switch (change.op) {
    case "insert":
      return <ins key={index}>{change.line}</ins>;
    case "delete":
      return <del key={index}>{change.line}</del>;
    case "equal":
      return <span key={index}>{change.line}</span>;
    case "skipped":
      return (
        <span key={index} class="skipped">
          {change.lines} lines unchanged
        </span>
      );
  }
}

function Whole({ title, body }: TitleAndBody): VNode {
  return (
    <>
      <p class="as-title" dir="auto">
        {title}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre class="source" dir="auto" tabIndex={0}>
        {`\n${body}`}
      </pre>
    </>
  );
}
