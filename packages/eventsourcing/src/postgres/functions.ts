import { escapeLiteral } from "pg";
import type { Schema } from "./schema-name.ts";

// The functions have no settings of their own, which would be made and unmade at each call; the sessions of
// `recorder-connections.ts` have them.

/**
 * Appends saves, each all or not at all, in the one transaction at a time that holds the schema's lock: what it
 * reads stays true until it commits, and ids come in the order of commits (R4).
 *
 * The rows of all saves stand in arrays; save n has those after `save_ends[n - 1]` up to `save_ends[n]`. Saves are
 * inserted together, by one statement. Where something conflicts it inserts nothing, and half as many are tried,
 * down to the one that is refused; only then is it asked why.
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
  -- Whoever holds the lock and hangs is ended, also in a transaction that somebody left open. To write a lot may
  -- take its time.
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
  -- Clocks go back, and differ between servers; the record does not.
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
        ), placed AS (
          INSERT INTO ${quoted}.events AS e
            (notification_id, originator_version, recorded_at, event_id, originator_id, topic, state)
          SELECT last_id + r.n, r.next, recorded_ms, r.event_id, r.originator_id, r.topic, r.state
          FROM numbered r
          WHERE NOT EXISTS (SELECT FROM numbered w WHERE w.version <> w.next)
          RETURNING e.notification_id, e.originator_version)
        SELECT array_agg(p.originator_version ORDER BY p.notification_id) INTO given FROM placed p;
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

/** Says why a save cannot be appended. */
export function conflictOfFunction({ quoted }: Schema): string {
  const body = `
DECLARE
  conflict jsonb;
BEGIN
  -- Before the versions: a save that is sent twice is told so, rather than that its versions are taken.
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

/** Times never decrease with the id, so the last one at or before an instant is found by halving. */
export function notificationIdAtFunction({ quoted }: Schema): string {
  const body = `
DECLARE
  known bigint := 0;
  beyond bigint := coalesce((SELECT max(e.notification_id) FROM ${quoted}.events e), 0) + 1;
  middle bigint;
BEGIN
  WHILE beyond - known > 1 LOOP
    middle := (known + beyond) / 2;
    IF (SELECT e.recorded_at FROM ${quoted}.events e WHERE e.notification_id = middle) <= instant_ms THEN
      known := middle;
    ELSE
      beyond := middle;
    END IF;
  END LOOP;
  RETURN known;
END`;
  return `
CREATE FUNCTION ${quoted}.notification_id_at(instant_ms bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS ${escapeLiteral(body)}`;
}

/** Stores a snapshot and drops each that is neither the newest nor the first at or after a multiple of `keep_every`. */
export function putSnapshotFunction({ quoted }: Schema): string {
  const body = `
BEGIN
  -- Two that thin the snapshots of one originator at once would not see each other's.
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
