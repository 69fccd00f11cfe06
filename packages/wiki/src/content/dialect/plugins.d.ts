// The plugins have no types of their own.
declare module "markdown-it-deflist" {
  import type { MarkdownIt } from "markdown-it";
  export default function plugin(markdown: MarkdownIt): void;
}
declare module "markdown-it-mark" {
  import type { MarkdownIt } from "markdown-it";
  export default function plugin(markdown: MarkdownIt): void;
}
declare module "markdown-it-sub" {
  import type { MarkdownIt } from "markdown-it";
  export default function plugin(markdown: MarkdownIt): void;
}
declare module "markdown-it-sup" {
  import type { MarkdownIt } from "markdown-it";
  export default function plugin(markdown: MarkdownIt): void;
}
