/** How often each of many texts is there. */
export class Tally {
  readonly #counts = new Map<string, number>();

  constructor(texts: Iterable<string>) {
    for (const text of texts) this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  /** Takes away `removed`, all of which are there, and adds `added`; returns which came and which went, each once. */
  replace(
    removed: Iterable<string>,
    added: Iterable<string>,
  ): { readonly came: readonly string[]; readonly went: readonly string[] } {
    const [came, went]: [string[], string[]] = [[], []];
    for (const text of added) {
      const count = this.#counts.get(text) ?? 0;
      if (count === 0) came.push(text);
      this.#counts.set(text, count + 1);
    }
    for (const text of removed) {
      const count = this.#counts.get(text) ?? 0;
      if (count > 1) this.#counts.set(text, count - 1);
      else if (this.#counts.delete(text)) went.push(text);
    }
    return { came, went };
  }
}
