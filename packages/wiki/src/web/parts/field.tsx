import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";

type Shared = {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly optional?: boolean;
  readonly look?: "as-title" | "as-source";
};

type InputProps = Shared & {
  readonly type?: "text" | "email" | "password";
  readonly autoComplete?: string;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly spellCheck?: boolean;
  readonly dir?: "auto" | "ltr";
};

/** Returns the id of the field `name`, for links to it. */
export function fieldId(name: string): string {
  return `-field-${name}`;
}

/** An input of one line with its label, hint and error. */
export function Field(props: InputProps): VNode {
  return (
    <Labelled {...props}>
      <Input {...props} />
    </Labelled>
  );
}

/** The field for the change summary. */
export function SummaryField({
  label = strings.forms.reason,
  value = "",
  error,
  hint = strings.forms.shownInHistory,
}: Pick<InputProps, "error" | "hint"> & Partial<Pick<InputProps, "label" | "value">>): VNode {
  return (
    <Field name="summary" label={label} value={value} error={error} hint={hint} maxLength={500} optional />
  );
}

// One element per type, because each type allows other attributes.
function Input(props: InputProps): VNode {
  const attributes = {
    ...described(props),
    value: props.value,
    dir: props.dir ?? "auto",
    required: !props.optional,
    autoComplete: props.autoComplete ?? "off",
    maxLength: props.maxLength,
    minLength: props.minLength,
    spellcheck: props.spellCheck,
    autocapitalize: props.spellCheck === false ? ("none" as const) : undefined,
  };
  switch (props.type) {
    case "email":
      return <input type="email" {...attributes} />;
    case "password":
      return <input type="password" {...attributes} />;
    default:
      return <input type="text" {...attributes} />;
  }
}

/** A text area with its label, hint and error; it may be empty. */
export function TextField(props: Shared & { readonly rows: number }): VNode {
  return (
    <Labelled {...props}>
      <textarea {...described(props)} rows={props.rows} dir="auto">
        {/* Browsers drop the first line feed of a text area. */}
        {`\n${props.value}`}
      </textarea>
    </Labelled>
  );
}

function Labelled({ name, label, hint, error, optional, children }: Shared & { children?: VNode }): VNode {
  const id = fieldId(name);
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="optional">{strings.forms.optional}</span>}
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

type Described = {
  readonly id: string;
  readonly name: string;
  readonly class: string | undefined;
  readonly "aria-invalid": "true" | undefined;
  readonly "aria-describedby": string | undefined;
};

function described({ name, hint, error, look }: Shared): Described {
  const id = fieldId(name);
  const by = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean);
  return {
    id,
    name,
    class: look,
    "aria-invalid": error === undefined ? undefined : "true",
    "aria-describedby": by.length === 0 ? undefined : by.join(" "),
  };
}
