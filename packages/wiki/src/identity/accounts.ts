import type { Tables } from "./auth.ts";
import { type Person, roleOf } from "./person.ts";

/** What is read of a person; better-auth adds times and fields that the wiki does not use. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role?: unknown;
}

/** A person as the pages name them. */
export type PersonName = Pick<Person, "id" | "name">;

/** What an id looks like. PostgreSQL compares its column with nothing else. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Well under SQLite's 32,766 parameters. */
const IDS_PER_QUERY = 500;

/** Whether something can have this id. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

export async function findById(tables: Tables, id: string): Promise<Person | null> {
  if (!isId(id)) return null;
  const row = await tables.findOne<UserRow>({ model: "user", where: [{ field: "id", value: id }] });
  return row && personOf(row);
}

export async function findByEmail(tables: Tables, email: string): Promise<Person | null> {
  // PostgreSQL's text holds no NUL, and refuses the question.
  if (email.includes("\0")) return null;
  const row = await tables.findOne<UserRow>({ model: "user", where: [{ field: "email", value: email }] });
  return row && personOf(row);
}

export async function namesById(tables: Tables, ids: Iterable<string>): Promise<Map<string, PersonName>> {
  const wanted = [...new Set(ids)].filter(isId);
  const found = new Map<string, PersonName>();
  for (let start = 0; start < wanted.length; start += IDS_PER_QUERY) {
    const value = wanted.slice(start, start + IDS_PER_QUERY);
    const rows = await tables.findMany<UserRow>({
      model: "user",
      where: [{ field: "id", operator: "in", value }],
      select: ["id", "name"],
      limit: value.length,
    });
    for (const { id, name } of rows) found.set(id, { id, name });
  }
  return found;
}

/** The person in a row of better-auth's table of users. */
export function personOf({ id, name, email, role }: UserRow): Person {
  return { id, name, email, role: roleOf(role) };
}
