import type { MarkdownIt, StateCore, Token } from "markdown-it";

/** A plugin for list items that begin with `[ ]` or `[x]`. */
export function taskLists(markdown: MarkdownIt): void {
  markdown.core.ruler.after("block", "task_lists", readTasks);
}

/** A plugin of the renderer that shows tasks with checkboxes. */
export function renderTaskLists(markdown: MarkdownIt): void {
  markdown.core.ruler.push("checkboxes", addCheckboxes);
}

function readTasks({ tokens }: StateCore): void {
  tokens.forEach((item, index) => {
    const [paragraph, inline] = [tokens[index + 1], tokens[index + 2]];
    if (item.type !== "list_item_open" || paragraph?.type !== "paragraph_open" || !inline) return;
    const [start, box] = /^\[([ xX])\]\s+/.exec(inline.content) ?? [];
    if (start === undefined) return;
    item.meta = { isDone: box !== " " };
    inline.content = inline.content.slice(start.length);
    if (start.includes("\n") && inline.map) inline.map = [inline.map[0] + 1, inline.map[1]];
  });
}

function addCheckboxes(state: StateCore): void {
  state.tokens.forEach((item, index) => {
    if (item.type !== "list_item_open" || item.meta === null) return;
    const checkbox: Token = new state.Token("task_checkbox", "input", 0);
    const isDone = item.meta.isDone === true;
    checkbox.attrs = [
      ["type", "checkbox"],
      ["disabled", ""],
      ["aria-label", isDone ? "Done" : "To do"],
    ];
    if (isDone) checkbox.attrSet("checked", "");
    const space = new state.Token("text", "", 0);
    space.content = " ";
    state.tokens[index + 2]?.children?.unshift(checkbox, space);
    item.attrSet("class", "task");
  });
}
