-- The case: everything that was read and what was concluded from it.
--
-- Tables are ours and may change; the v_* views are the contract, described in
-- VIEWS.md of this folder. Times are 100 ns ticks since 1970-01-01 UTC; views
-- add the same instant as text.

CREATE TABLE input(name TEXT PRIMARY KEY, sha256 TEXT NOT NULL,
                   bytes INTEGER NOT NULL) STRICT;

CREATE TABLE source(
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL, format TEXT NOT NULL, host TEXT NOT NULL,
  zone TEXT NOT NULL, events INTEGER NOT NULL, recovered INTEGER NOT NULL,
  kept INTEGER NOT NULL, accepted INTEGER NOT NULL, slack INTEGER NOT NULL,
  dropped INTEGER NOT NULL, outcome TEXT NOT NULL) STRICT;

-- What was not understood, or is worth telling, of a source.
CREATE TABLE damage(
  source INTEGER NOT NULL, begin_offset INTEGER, end_offset INTEGER,
  reason TEXT NOT NULL) STRICT;

-- What records of one sort share, once.
CREATE TABLE kind(
  id INTEGER PRIMARY KEY, host TEXT NOT NULL, channel TEXT NOT NULL,
  provider TEXT NOT NULL, event_id INTEGER NOT NULL) STRICT;

-- How records were read: what their time is worth, and what is doubted.
CREATE TABLE reading(
  id INTEGER PRIMARY KEY, clock INTEGER NOT NULL, grain INTEGER NOT NULL,
  recovered INTEGER NOT NULL, doubts TEXT NOT NULL) STRICT;

-- Written by ingest/event_table.cc, in this order of columns.
CREATE TABLE event(
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, offset INTEGER NOT NULL,
  line INTEGER NOT NULL, time INTEGER NOT NULL, kind INTEGER NOT NULL,
  reading INTEGER NOT NULL, level INTEGER NOT NULL,
  record_id INTEGER NOT NULL, activity_id TEXT NOT NULL,
  process_id INTEGER NOT NULL, thread_id INTEGER NOT NULL,
  user_sid TEXT NOT NULL, written INTEGER, fields TEXT NOT NULL) STRICT;

-- One index answers for host, channel, provider and id - through their kinds -
-- and for times, a stretch in each kind.
CREATE INDEX event_by_kind_and_time ON event(kind, time);

-- Counts of all records read, kept or not; without an hour: those without a
-- time.
CREATE TABLE tally(
  kind INTEGER NOT NULL, hour INTEGER, live INTEGER NOT NULL,
  recovered INTEGER NOT NULL) STRICT;

-- Unbroken runs of record numbers per source, host and channel: the raw
-- material of coverage. Text logs have one run with numbers 0.
CREATE TABLE run(
  source INTEGER NOT NULL, host TEXT NOT NULL, channel TEXT NOT NULL,
  first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,
  first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
  records INTEGER NOT NULL) STRICT;

-- What was concluded. Filled by explain, empty after ingest.
CREATE TABLE attempt(
  id TEXT PRIMARY KEY, client_host TEXT, client_address TEXT, client_user TEXT,
  server_host TEXT, server_address TEXT, server_port INTEGER, began INTEGER,
  ended INTEGER, stage TEXT, close TEXT, outcome TEXT,
  joined_by TEXT, closed_by TEXT, through TEXT, reason TEXT,
  codes TEXT) STRICT;
CREATE TABLE step(
  attempt TEXT NOT NULL, stage TEXT NOT NULL, time INTEGER NOT NULL,
  side TEXT NOT NULL, what TEXT NOT NULL, evidence TEXT NOT NULL) STRICT;
CREATE TABLE failure(
  id TEXT PRIMARY KEY, attempt TEXT, time INTEGER, error INTEGER,
  extended INTEGER, stage TEXT, close TEXT, verdict TEXT, incident TEXT,
  headline TEXT) STRICT;
CREATE TABLE explanation(
  failure TEXT NOT NULL, rank INTEGER NOT NULL, cause TEXT NOT NULL,
  title TEXT NOT NULL, grade TEXT NOT NULL, weight INTEGER NOT NULL,
  posterior REAL NOT NULL, sentence TEXT NOT NULL) STRICT;
CREATE TABLE finding(
  failure TEXT NOT NULL, cause TEXT NOT NULL, item TEXT NOT NULL,
  role TEXT NOT NULL, value TEXT NOT NULL, weight INTEGER NOT NULL,
  sentence TEXT NOT NULL, evidence TEXT NOT NULL) STRICT;
CREATE TABLE evidence(id TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT;
CREATE TABLE coverage(
  host TEXT NOT NULL, log TEXT NOT NULL, from_time INTEGER, to_time INTEGER,
  events INTEGER NOT NULL, ends_because TEXT NOT NULL) STRICT;
CREATE TABLE gap(
  host TEXT NOT NULL, log TEXT NOT NULL, from_time INTEGER NOT NULL,
  to_time INTEGER NOT NULL, why TEXT NOT NULL) STRICT;
CREATE TABLE clock(
  host TEXT NOT NULL, relative_to TEXT NOT NULL, offset_low INTEGER NOT NULL,
  offset_high INTEGER NOT NULL, pairs INTEGER NOT NULL) STRICT;

CREATE VIEW v_source AS
  SELECT id, path, sha256, bytes, format, host, zone, events, recovered, kept,
         accepted AS bytes_accepted, slack AS bytes_slack,
         dropped AS bytes_dropped, outcome
  FROM source ORDER BY path;

-- What a record refers to is always there. Joined like this, SQLite begins with
-- the records, or with the kinds when the question is about them.
CREATE VIEW v_event AS
  SELECT event.id AS id, strftime('%Y-%m-%dT%H:%M:%S', (event.time - ((event.time % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((event.time % 10000000) + 10000000) % 10000000) AS time_utc, event.time AS time_ticks,
         CASE clock WHEN 0 THEN 'exact' WHEN 1 THEN 'zone-assumed'
           WHEN 2 THEN 'zone-unknown' WHEN 3 THEN 'ambiguous-hour'
           WHEN 4 THEN 'nonexistent-hour' ELSE 'none' END AS clock,
         kind.host AS host, channel, provider, event_id, level, record_id,
         activity_id, process_id, thread_id, user_sid,
         reading.recovered AS recovered, doubts, written AS written_ticks,
         source.path AS path, offset, line, fields
  FROM event
  LEFT JOIN kind ON kind.id = event.kind
  LEFT JOIN reading ON reading.id = event.reading
  LEFT JOIN source ON source.id = event.source;

CREATE VIEW v_tally AS
  SELECT host, channel, provider, event_id, strftime('%Y-%m-%dT%H:%M:%S', (hour - ((hour % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((hour % 10000000) + 10000000) % 10000000) AS hour_utc,
         live, recovered
  FROM tally JOIN kind ON kind.id = tally.kind;

CREATE VIEW v_attempt AS
  SELECT id, client_host, client_address, client_user, server_host,
         server_address, server_port, strftime('%Y-%m-%dT%H:%M:%S', (began - ((began % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((began % 10000000) + 10000000) % 10000000) AS began_utc,
         began AS began_ticks, strftime('%Y-%m-%dT%H:%M:%S', (ended - ((ended % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((ended % 10000000) + 10000000) % 10000000) AS ended_utc, ended AS ended_ticks,
         stage, close, outcome, joined_by, closed_by, through, reason, codes
  FROM attempt ORDER BY CAST(id AS INTEGER);

CREATE VIEW v_phase AS
  SELECT attempt, stage, strftime('%Y-%m-%dT%H:%M:%S', (time - ((time % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((time % 10000000) + 10000000) % 10000000) AS time_utc, time AS time_ticks, side, what,
         evidence
  FROM step;

CREATE VIEW v_failure AS
  SELECT id, attempt, strftime('%Y-%m-%dT%H:%M:%S', (time - ((time % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((time % 10000000) + 10000000) % 10000000) AS time_utc, time AS time_ticks, error,
         extended, stage, close, verdict, incident, headline
  FROM failure ORDER BY CAST(id AS INTEGER);

CREATE VIEW v_explanation AS
  SELECT failure, rank, cause, title, grade, weight, posterior, sentence
  FROM explanation ORDER BY CAST(failure AS INTEGER), rank;

CREATE VIEW v_finding AS
  SELECT failure, cause, item, role, value, weight, sentence, evidence
  FROM finding;

CREATE VIEW v_evidence AS
  SELECT evidence.id AS evidence, v_event.*
  FROM evidence JOIN v_event ON v_event.id = evidence.event;

CREATE VIEW v_coverage AS
  SELECT host, log, strftime('%Y-%m-%dT%H:%M:%S', (from_time - ((from_time % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((from_time % 10000000) + 10000000) % 10000000) AS from_utc, from_time AS from_ticks,
         strftime('%Y-%m-%dT%H:%M:%S', (to_time - ((to_time % 10000000) + 10000000) % 10000000) / 10000000, 'unixepoch')
           || printf('.%07dZ', ((to_time % 10000000) + 10000000) % 10000000) AS to_utc, to_time AS to_ticks, events, ends_because
  FROM coverage ORDER BY host, log;

CREATE VIEW v_clock AS
  SELECT host, relative_to, offset_low / 1e7 AS offset_low_s,
         offset_high / 1e7 AS offset_high_s, pairs
  FROM clock ORDER BY host;

-- "dfal": tells a case from any other database.
PRAGMA application_id = 1684435308;
PRAGMA user_version = 4;
