/** The addresses of files. Each contains the id of a file, whose bytes never change. */
export const FILE_PREFIX = "/-/files/";

/** Returns the address of a file. The name is for people, and for programs that save the file. */
export function fileAddress({ id, name }: { readonly id: string; readonly name: string }): string {
  return `${FILE_PREFIX}${id}/${encodeURIComponent(name)}`;
}

const ID_IN_ADDRESS = /\/-\/files\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g;

/** Returns the distinct ids of the files whose addresses a text contains, at most `limit`. */
export function fileIdsIn(text: string, limit: number): readonly string[] {
  const ids = new Set<string>();
  for (const [, id = ""] of text.matchAll(ID_IN_ADDRESS)) {
    ids.add(id);
    if (ids.size === limit) break;
  }
  return [...ids];
}
