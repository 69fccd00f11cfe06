/** Texts with their counts. */
export class Multiset {
  readonly #counts = new Map<string, number>();

  constructor(texts: Iterable<string>) {
    for (const text of texts) this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  /** Adds and removes occurrences. Returns the texts whose count rose from 0 or fell to 0. `removed` must be contained. */
  replace(
    removed: Iterable<string>,
    added: Iterable<string>,
  ): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const [addedTexts, removedTexts]: [string[], string[]] = [[], []];
    for (const text of added) {
      const count = this.#counts.get(text) ?? 0;
      if (count === 0) addedTexts.push(text);
      this.#counts.set(text, count + 1);
    }
    for (const text of removed) {
      const count = this.#counts.get(text) ?? 0;
      if (count > 1) this.#counts.set(text, count - 1);
      else if (this.#counts.delete(text)) removedTexts.push(text);
    }
    return { added: addedTexts, removed: removedTexts };
  }
}
