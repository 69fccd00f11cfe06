import { escapeLiteral } from "pg";
import type { Schema } from "./schema-name.ts";

// The functions have no SET clauses, which cost time at each call. `recorder-connections.ts` sets up the sessions.

/**
 * Returns the function `append`, which stores each save whole or not at all. It holds the schema's lock until the
 * transaction ends, so what it reads stays true and ids are in the order of commits (R4).
 *
 * The arrays hold the rows of all saves; save n has the rows after `save_ends[n - 1]` up to `save_ends[n]`. One
 * statement inserts all saves. If any of them conflicts, it inserts none, and the function bisects the saves to find
 * the one to refuse. `conflict_of` then returns the reason.
 */
export function appendFunction({ quoted, lockKey }: Schema): string {
  const body = `
DECLARE
  saves CONSTANT int := cardinality(save_ends);
  tracked CONSTANT boolean := num_nonnulls(VARIADIC tracking_names) > 0;
  first_save int := 1;
  last_save int := saves;
  first_row int;
  last_row int;
  last_id bigint;
  given bigint[];
  all_given bigint[] := '{}';
  conflict jsonb;
  refusals jsonb := '[]';
BEGIN
  -- Ends this session if it hangs while it holds the lock. Large states get more time.
  PERFORM
    pg_advisory_xact_lock('${lockKey}'::bigint),
    set_config('lock_timeout', timeout_ms::text, true),
    set_config('idle_in_transaction_session_timeout', timeout_ms::text, true),
    CASE WHEN current_setting('server_version_num')::int >= 170000 THEN
      set_config('transaction_timeout', (timeout_ms + pg_column_size(states) / 1024)::text, true)
    END;

  SELECT e.notification_id, e.recorded_at INTO last_id, recorded_ms
  FROM ${quoted}.events e ORDER BY e.notification_id DESC LIMIT 1;
  last_id := coalesce(last_id, 0);
  first_id := last_id + 1;
  -- recorded_at never decreases (R15), although clocks go back and differ between servers.
  recorded_ms := greatest(
    coalesce(clock_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), recorded_ms);

  WHILE first_save <= saves LOOP
    first_row := CASE WHEN first_save = 1 THEN 1 ELSE save_ends[first_save - 1] + 1 END;
    last_row := save_ends[last_save];
    given := '{}';
    conflict := NULL;

    IF tracked THEN
      SELECT jsonb_build_object(
               'kind', 'tracking-conflict', 'name', t.name, 'notificationId', t.id, 'last', t.last)
      INTO conflict
      FROM (
        SELECT g.name, g.id, g.n, greatest(
                 0,
                 (SELECT k.notification_id FROM ${quoted}.tracking k WHERE k.name = g.name),
                 max(g.id) OVER (PARTITION BY g.name ORDER BY g.n
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS last
        FROM unnest(tracking_names[first_save:last_save], tracking_ids[first_save:last_save])
             WITH ORDINALITY AS g (name, id, n)
        WHERE g.name IS NOT NULL) t
      WHERE t.id <= t.last ORDER BY t.n LIMIT 1;
    END IF;

    IF conflict IS NULL AND first_row <= last_row THEN
      BEGIN
        WITH numbered AS MATERIALIZED (
          SELECT g.*,
                 row_number() OVER (PARTITION BY g.originator_id ORDER BY g.n)
                 + coalesce((SELECT max(e.originator_version) FROM ${quoted}.events e
                             WHERE e.originator_id = g.originator_id), 0) AS next
          FROM unnest(event_ids[first_row:last_row], originator_ids[first_row:last_row],
                      versions[first_row:last_row], topics[first_row:last_row], states[first_row:last_row])
               WITH ORDINALITY AS g (event_id, originator_id, version, topic, state, n)
        ), inserted AS (
          INSERT INTO ${quoted}.events AS e
            (notification_id, originator_version, recorded_at, event_id, originator_id, topic, state)
          SELECT last_id + r.n, r.next, recorded_ms, r.event_id, r.originator_id, r.topic, r.state
          FROM numbered r
          WHERE NOT EXISTS (SELECT FROM numbered w WHERE w.version <> w.next)
          RETURNING e.notification_id, e.originator_version)
        SELECT array_agg(i.originator_version ORDER BY i.notification_id) INTO given FROM inserted i;
      EXCEPTION WHEN unique_violation THEN
        given := NULL;
      END;
    END IF;

    IF conflict IS NULL AND given IS NOT NULL THEN
      last_id := last_id + cardinality(given);
      all_given := all_given || given;
      IF tracked THEN
        INSERT INTO ${quoted}.tracking AS k (name, notification_id)
        SELECT g.name, max(g.id)
        FROM unnest(tracking_names[first_save:last_save], tracking_ids[first_save:last_save]) AS g (name, id)
        WHERE g.name IS NOT NULL GROUP BY g.name
        ON CONFLICT (name) DO UPDATE SET notification_id = excluded.notification_id;
      END IF;
      first_save := last_save + 1;
      last_save := saves;
    ELSIF first_save < last_save THEN
      last_save := (first_save + last_save) / 2;
    ELSE
      conflict := coalesce(conflict, ${quoted}.conflict_of(
        event_ids[first_row:last_row], originator_ids[first_row:last_row], versions[first_row:last_row]));
      refusals := refusals || (conflict || jsonb_build_object('save', first_save - 1));
      all_given := all_given || array_fill(NULL::bigint, ARRAY[last_row - first_row + 1]);
      first_save := first_save + 1;
      last_save := saves;
    END IF;
  END LOOP;
  given_versions := to_json(all_given);
  refused := refusals;
END`;
  return `
CREATE FUNCTION ${quoted}.append(
  event_ids uuid[], originator_ids uuid[], versions bigint[], topics text[], states bytea[],
  save_ends int[], tracking_names text[], tracking_ids bigint[], clock_ms bigint, timeout_ms int,
  OUT first_id bigint, OUT recorded_ms bigint, OUT given_versions json, OUT refused jsonb)
LANGUAGE plpgsql AS ${escapeLiteral(body)}`;
}

/** Returns the function `conflict_of`, which returns why a save cannot be appended. */
export function conflictOfFunction({ quoted }: Schema): string {
  const body = `
DECLARE
  conflict jsonb;
BEGIN
  -- Checked before the versions, so that a save that is sent twice does not get a version conflict.
  SELECT jsonb_build_object('kind', 'event-already-recorded', 'eventId', r.event_id) INTO conflict
  FROM (
    SELECT g.event_id, g.n, row_number() OVER (PARTITION BY g.event_id ORDER BY g.n) AS time
    FROM unnest(event_ids) WITH ORDINALITY AS g (event_id, n)) r
  WHERE r.time > 1
     OR (SELECT e.notification_id FROM ${quoted}.events e WHERE e.event_id = r.event_id) IS NOT NULL
  ORDER BY r.n LIMIT 1;

  IF conflict IS NULL THEN
    SELECT jsonb_build_object('kind', 'version-conflict', 'originatorId', r.originator_id,
                              'originatorVersion', r.version, 'expected', r.next)
    INTO STRICT conflict
    FROM (
      SELECT g.originator_id, g.version, g.n,
             row_number() OVER (PARTITION BY g.originator_id ORDER BY g.n)
             + coalesce((SELECT max(e.originator_version) FROM ${quoted}.events e
                         WHERE e.originator_id = g.originator_id), 0) AS next
      FROM unnest(originator_ids, versions) WITH ORDINALITY AS g (originator_id, version, n)) r
    WHERE r.version <> r.next ORDER BY r.n LIMIT 1;
  END IF;
  RETURN conflict;
END`;
  return `
CREATE FUNCTION ${quoted}.conflict_of(event_ids uuid[], originator_ids uuid[], versions bigint[]) RETURNS jsonb
LANGUAGE plpgsql AS ${escapeLiteral(body)}`;
}

/** Returns the function `notification_id_at`. Times never decrease with the id (R15), so it is a binary search. */
export function notificationIdAtFunction({ quoted }: Schema): string {
  const body = `
DECLARE
  at_or_before bigint := 0;
  after bigint := coalesce((SELECT max(e.notification_id) FROM ${quoted}.events e), 0) + 1;
  middle bigint;
BEGIN
  WHILE after - at_or_before > 1 LOOP
    middle := (at_or_before + after) / 2;
    IF (SELECT e.recorded_at FROM ${quoted}.events e WHERE e.notification_id = middle) <= instant_ms THEN
      at_or_before := middle;
    ELSE
      after := middle;
    END IF;
  END LOOP;
  RETURN at_or_before;
END`;
  return `
CREATE FUNCTION ${quoted}.notification_id_at(instant_ms bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS ${escapeLiteral(body)}`;
}

/**
 * Returns the function `put_snapshot`. It stores a snapshot, and deletes each of the originator that is neither the
 * newest nor the first at or after a multiple of `keep_every`.
 */
export function putSnapshotFunction({ quoted }: Schema): string {
  const body = `
BEGIN
  -- Concurrent calls for one originator would not see each other's snapshots.
  PERFORM pg_advisory_xact_lock(hashtextextended(snapshot_of::text, 0));
  INSERT INTO ${quoted}.snapshots AS s (originator_id, originator_version, topic, state)
  VALUES (snapshot_of, at_version, topic, state)
  ON CONFLICT (originator_id, originator_version)
  DO UPDATE SET topic = excluded.topic, state = excluded.state;
  DELETE FROM ${quoted}.snapshots AS dropped
  WHERE dropped.originator_id = snapshot_of
    AND dropped.originator_version <
        (SELECT max(s.originator_version) FROM ${quoted}.snapshots s WHERE s.originator_id = snapshot_of)
    AND (dropped.originator_version < keep_every OR EXISTS (
      SELECT FROM ${quoted}.snapshots earlier
      WHERE earlier.originator_id = snapshot_of
        AND earlier.originator_version < dropped.originator_version
        AND earlier.originator_version
            >= dropped.originator_version - dropped.originator_version % keep_every));
END`;
  return `
CREATE FUNCTION ${quoted}.put_snapshot(
  snapshot_of uuid, at_version bigint, topic text, state bytea, keep_every bigint) RETURNS void
LANGUAGE plpgsql AS ${escapeLiteral(body)}`;
}
