import type { SqlViewStore, TableName } from "@palimpsest/eventsourcing";
import { type Change, RECENT_CHANGES, type RecentChangesView } from "./recent-changes.ts";

const SELECT_CHANGES = (table: TableName) => `
  SELECT position, page_id, version, kind, at, user_id, summary, size_delta, title, slug
  FROM ${table("changes")} JOIN ${table("pages")} USING (page_id)
  WHERE position < $1 ORDER BY position DESC LIMIT $2`;

interface ChangeRow extends Omit<Change, "pageId" | "userId" | "sizeDelta" | "at"> {
  readonly page_id: string;
  readonly at: string;
  readonly user_id: string | null;
  readonly size_delta: number;
}

/** Asks SQLite or PostgreSQL. */
export function recentChangesView(store: SqlViewStore): RecentChangesView {
  return {
    recentChanges: async ({ before = Number.MAX_SAFE_INTEGER, limit = 50 } = {}) => {
      const params = [before, limit];
      const rows = await store.read<ChangeRow>(RECENT_CHANGES, (table) => ({
        sql: SELECT_CHANGES(table),
        params,
      }));
      return rows.map(changeOf);
    },
  };
}

function changeOf({ page_id, user_id, size_delta, at, ...row }: ChangeRow): Change {
  return { ...row, pageId: page_id, userId: user_id, sizeDelta: size_delta, at: new Date(at) };
}
