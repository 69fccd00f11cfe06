import type { FileCounts, StoredFile } from "../application/files.ts";
import { type Dialect, type SqlDatabase, selectColumns, type Transaction } from "../database/sql-database.ts";

const CREATE: Readonly<Record<Dialect, string>> = {
  sqlite: `
    CREATE TABLE files (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      page_id TEXT, -- null for an unattached file
      uploaded_at INTEGER NOT NULL, -- milliseconds since 1970
      is_upload INTEGER NOT NULL, -- 1 if it was unattached at first
      name TEXT NOT NULL,
      type TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      width INTEGER,
      height INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX files_by_time ON files (uploaded_at, id);`,
  postgres: `
    CREATE TABLE files (
      id text PRIMARY KEY,
      user_id text NOT NULL,
      page_id text,
      uploaded_at bigint NOT NULL,
      is_upload integer NOT NULL,
      name text NOT NULL,
      type text NOT NULL,
      bytes bigint NOT NULL,
      sha256 text NOT NULL,
      width integer,
      height integer
    );
    CREATE INDEX files_by_time ON files (uploaded_at, id);`,
};

interface Row {
  readonly id: string;
  readonly userId: string;
  readonly pageId: string | null;
  /** Numbers from PostgreSQL are texts if they may need 64 bits. */
  readonly uploadedAt: number | string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number | string;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
}

const COLUMNS = `id, user_id AS "userId", page_id AS "pageId", uploaded_at AS "uploadedAt", name, type, bytes, sha256,
  width, height`;

/** The files by id: an index of the events that attach files, and the unattached files. Its methods throw `RecorderError`. */
export class FileTable {
  readonly #database: SqlDatabase;

  private constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Creates the table if it does not exist. An existing one is not written, so that a standby can be read. */
  static async open(database: SqlDatabase): Promise<FileTable> {
    const [text, values] = selectColumns(database.dialect, "files");
    if ((await database.query(text, values)).length === 0) {
      await database.transaction(function* (): Transaction<void> {
        // Another process may have been first.
        if ((yield [text, values]).length === 0) yield [CREATE[database.dialect]];
      });
    }
    return new FileTable(database);
  }

  async insert({ file, userId, pageId, uploadedAt }: StoredFile): Promise<void> {
    const { id, name, type, bytes, sha256, width = null, height = null } = file;
    const isUpload = pageId === null ? 1 : 0;
    await this.#database.query(
      `INSERT INTO files (id, user_id, page_id, uploaded_at, is_upload, name, type, bytes, sha256, width, height)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
      [id, userId, pageId, uploadedAt.getTime(), isUpload, name, type, bytes, sha256, width, height],
    );
  }

  async get(id: string): Promise<StoredFile | undefined> {
    const [row] = await this.#database.query<Row>(`SELECT ${COLUMNS} FROM files WHERE id = $1`, [id]);
    return row && storedFileOf(row);
  }

  /** Makes a person's unattached file one of the page, unless it was uploaded before `since`. Resolves to the file if it is one. */
  async claim(id: string, userId: string, pageId: string, since: Date): Promise<StoredFile | undefined> {
    await this.#database.query(
      "UPDATE files SET page_id = $3 WHERE id = $1 AND user_id = $2 AND page_id IS NULL AND uploaded_at >= $4",
      [id, userId, pageId, since.getTime()],
    );
    const stored = await this.get(id);
    return stored?.pageId === pageId ? stored : undefined;
  }

  /** Makes a file of the page unattached, or removes it if it never was. */
  async release(id: string, pageId: string): Promise<void> {
    await this.#database.query("DELETE FROM files WHERE id = $1 AND page_id = $2 AND is_upload = 0", [
      id,
      pageId,
    ]);
    await this.#database.query("UPDATE files SET page_id = NULL WHERE id = $1 AND page_id = $2", [
      id,
      pageId,
    ]);
  }

  /** Removes the unattached files that were uploaded before a time. Resolves to their number. */
  async removeUnattached(before: Date): Promise<number> {
    const rows = await this.#database.query(
      "DELETE FROM files WHERE page_id IS NULL AND uploaded_at < $1 RETURNING id",
      [before.getTime()],
    );
    return rows.length;
  }

  /** Resolves to attached files, newest first; with `before`, those after that one in this order. */
  async attached(before: StoredFile | undefined, limit: number): Promise<readonly StoredFile[]> {
    const time = before?.uploadedAt.getTime() ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM files
       WHERE page_id IS NOT NULL AND (uploaded_at < $1 OR (uploaded_at = $1 AND id < $2))
       ORDER BY uploaded_at DESC, id DESC LIMIT $3`,
      [time, before?.file.id ?? "", limit],
    );
    return rows.map(storedFileOf);
  }

  async counts(): Promise<FileCounts> {
    const [row] = await this.#database.query<Record<keyof FileCounts, number | string | null>>(
      `SELECT
         (SELECT count(*) FROM files WHERE page_id IS NOT NULL) AS attached,
         (SELECT count(*) FROM files WHERE page_id IS NULL) AS unattached,
         (SELECT sum(bytes) FROM (SELECT DISTINCT sha256, bytes FROM files WHERE page_id IS NOT NULL) AS contents)
           AS bytes`,
      [],
    );
    return {
      attached: Number(row?.attached),
      unattached: Number(row?.unattached),
      bytes: Number(row?.bytes ?? 0),
    };
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function storedFileOf(row: Row): StoredFile {
  const { id, name, type, sha256, width, height, userId, pageId } = row;
  const size = { ...(width === null ? {} : { width }), ...(height === null ? {} : { height }) };
  return {
    file: { id, name, type, bytes: Number(row.bytes), sha256, ...size },
    userId,
    pageId,
    uploadedAt: new Date(Number(row.uploadedAt)),
  };
}
