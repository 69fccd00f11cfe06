import { Tokenizer } from "htmlparser2";

export interface HtmlHandler {
  /** Receives text without character references. */
  text(text: string): void;
  /** @param source the tag as written */
  startTag(
    name: string,
    attributes: ReadonlyMap<string, string>,
    isSelfClosing: boolean,
    source: string,
  ): void;
  /** @param source the tag as written, or its beginning */
  endTag(name: string, source: string): void;
}

/** Splits HTML into tags and text, in linear time. Leaves out comments, declarations and processing instructions. */
export class HtmlReader {
  readonly #handler: HtmlHandler;
  readonly #tokenizer: Tokenizer;
  #html = "";
  /** The offset of the tag that is being read, or -1. */
  #tagStart = -1;
  #name = "";
  #attributes = new Map<string, string>();
  #attribute = "";
  #value = "";

  constructor(handler: HtmlHandler) {
    this.#handler = handler;
    const slice = (start: number, end: number) => this.#html.slice(start, end);
    this.#tokenizer = new Tokenizer(
      { recognizeSelfClosing: true },
      {
        ontext: (start, end) => handler.text(slice(start, end)),
        ontextentity: (codePoint) => handler.text(String.fromCodePoint(codePoint)),
        onopentagname: (start, end) => {
          [this.#tagStart, this.#name] = [start - 1, slice(start, end).toLowerCase()];
          this.#attributes = new Map();
        },
        onattribname: (start, end) => {
          [this.#attribute, this.#value] = [slice(start, end).toLowerCase(), ""];
        },
        onattribdata: (start, end) => {
          this.#value += slice(start, end);
        },
        onattribentity: (codePoint) => {
          this.#value += String.fromCodePoint(codePoint);
        },
        onattribend: () => {
          if (!this.#attributes.has(this.#attribute)) this.#attributes.set(this.#attribute, this.#value);
        },
        onopentagend: (end) => this.#endStartTag(end, false),
        onselfclosingtag: (end) => this.#endStartTag(end, true),
        onclosetag: (start, end) =>
          handler.endTag(slice(start, end).toLowerCase(), slice(start - 2, end + 1)),
        oncdata: () => {},
        oncomment: () => {},
        ondeclaration: () => {},
        onprocessinginstruction: () => {},
        onend: () => {},
      },
    );
  }

  /** Reads a piece of HTML. A tag that does not end in it is text. */
  read(html: string): void {
    this.#html = html;
    this.#tagStart = -1;
    this.#tokenizer.reset();
    this.#tokenizer.write(html);
    this.#tokenizer.end();
    if (this.#tagStart !== -1) this.#handler.text(html.slice(this.#tagStart));
  }

  #endStartTag(end: number, isSelfClosing: boolean): void {
    const source = this.#html.slice(this.#tagStart, end + 1);
    this.#tagStart = -1;
    this.#handler.startTag(this.#name, this.#attributes, isSelfClosing, source);
  }
}
