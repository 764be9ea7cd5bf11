// Report: everything a renderer may say, already decided and already worded.
//
// One model, many renderers; a renderer computes nothing. Arrays are sorted by
// the key given beside them, so that the same input bytes give the same output
// bytes. The JSON renderer writes exactly these members, in this order (see
// report/deskfall.report.schema.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/instant.h"

namespace deskfall {

struct Report {
  struct Input {
    std::string name;
    std::string sha256;  ///< of a file; of the sorted member hashes of a folder
    std::int64_t bytes = 0;
  };

  struct Run {
    std::string version;
    std::string pack;                  ///< name and version of the rule pack
    std::string pack_sha256;           ///< over all rule files, sorted by name
    std::vector<std::string> options;  ///< those that change results, sorted
    std::vector<Input> inputs;         ///< by name
  };

  struct Source {  // by path
    std::int64_t id = 0;
    std::string path;
    std::string sha256;
    std::int64_t bytes = 0;
    std::string format;
    std::string host;
    std::int64_t events = 0;
    std::int64_t recovered = 0;
    std::int64_t kept = 0;
    std::int64_t bytes_accepted = 0;
    std::int64_t bytes_dropped = 0;
    std::string outcome;  ///< read, damaged, unreadable, ignored
    std::vector<std::string> notes;
  };

  struct Gap {
    Instant from;
    Instant to;
    std::string why;
  };

  struct Coverage {  // by host, then log
    std::string host;
    std::string log;  ///< log id ("rdpcorets-operational")
    std::optional<Instant> from;
    std::optional<Instant> to;
    std::vector<Gap> gaps;  ///< by from
    std::string ends_because;
    std::int64_t events = 0;
    // Not in the JSON: for the table.
    std::string begins_because;
    std::string collect;  ///< how to get it, or more of it
  };

  struct Clock {  // by host
    std::string host;
    std::string relative_to;
    Ticks offset_low = 0;   ///< clock(host) - clock(relative_to), at least
    Ticks offset_high = 0;  ///< ... and at most
    std::int64_t pairs = 0;
    std::string sentence;  ///< "LAPTOP7 1.8 s ahead of SRV01 (3 pairs, ...)"
  };

  struct Peer {
    std::string host;
    std::string address;
    std::string user;  ///< client side only
    int port = 0;      ///< server side only; 0 = not known
  };

  struct Step {  ///< one rung of the ladder that was passed
    std::string stage;
    Instant when;
    std::string side;  ///< client, server, network
    std::string what;  ///< "listener accepted the connection"
    std::string evidence;
  };

  struct Attempt {   // by began, then id
    std::string id;  ///< "1", "2", ... in order of begin
    Peer client;
    Peer server;
    std::optional<Instant> began;
    std::optional<Instant> ended;
    std::string stage;    ///< last ladder step with proof, "none" without
    std::string close;    ///< refused reset silence fin server-closed ...
    std::string outcome;  ///< success, failed, probe, scan, ended, unknown
    std::vector<std::string> evidence;
    std::vector<Step> steps;
    // Not in the JSON: for tables and views.
    /// Beside each evidence: its time carried over to the server's clock, by
    /// the middle of what is known; as recorded where nothing is.
    std::vector<std::optional<Instant>> on_server;
    std::string join;                ///< how both sides were found to be one
    std::string closed_by;           ///< client, server, network, unknown
    std::string through;             ///< gateway's host, "NAT", or empty
    std::string reason;              ///< of an ordered end; may be empty
    std::vector<std::string> codes;  ///< "1026=2308", by time
  };

  struct Finding {  // in the order of the rule file
    std::string item;
    std::string role;         ///< required, supporting, refuting, stage
    std::string value;        ///< present, absent, unknown
    std::int64_t weight = 0;  ///< hundredths of a deciban, signed
    std::string sentence;
    std::vector<std::string> evidence;
  };

  struct Remedy {
    std::vector<std::string> steps;  ///< key "do" in JSON
    std::string risk;
    std::string verify;
  };

  struct Cause {  // by rank: grade, then weight, then id
    std::string id;
    std::string title;
    std::string grade;  ///< established, likely, possible, ruled out
    std::int64_t weight = 0;
    double posterior = 0;    ///< 0 to 0.99, an estimate
    bool supported = false;  ///< what it requires was seen; not in the JSON
    std::string sentence;
    std::vector<Finding> findings;
    Remedy remedy;
  };

  struct Missing {  // best first
    std::string log;
    std::string host;
    std::string why;
    std::string collect;
  };

  struct Failure {        // by when, then id
    std::string id;       ///< "1", "2", ... in order of time
    std::string attempt;  ///< id of its attempt, empty for a dialog alone
    std::optional<Instant> when;
    Peer client;
    Peer server;
    std::optional<std::uint32_t> error;
    std::optional<std::uint32_t> extended;
    std::string stage;  ///< where it fell: "tls", or a span "x224..credssp"
    std::string close;
    std::string verdict;   ///< explained, ambiguous, undecidable, unexplained
    std::string incident;  ///< shared by retries of one problem; may be empty
    std::string headline;  ///< one sentence: what the codes and logs say
    std::vector<Cause> causes;
    std::vector<Missing> missing;
    std::vector<std::string> next;
    std::vector<std::string> advice;  ///< answers to common advice
  };

  struct Evidence {          // by id number
    std::string id;          ///< "e1", numbered by time, host, channel, record
    std::int64_t event = 0;  ///< row of the case, not part of the JSON
    std::int64_t source = 0;
    std::string host;
    std::string channel;
    std::string provider;
    std::uint32_t event_id = 0;
    std::uint64_t record_id = 0;
    std::int64_t offset = 0;
    std::int64_t line = 0;
    std::optional<Instant> time;
    std::string clock_note;
    std::string text;  ///< our words for the record, with its fields filled in
  };

  /// What the first screen says above the failures; already counted.
  struct Summary {
    std::vector<std::string> hosts;
    std::int64_t events = 0;
    std::optional<Instant> from;
    std::optional<Instant> to;
    std::vector<std::string> alerts;   ///< signs that logs were tampered with
    std::vector<std::string> damaged;  ///< one line per damaged source
    std::vector<std::string> missing;  ///< logs that would have helped
    std::int64_t attempts = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    std::int64_t explained = 0;
    std::int64_t probes = 0;
    bool complete = true;  ///< false: exit status 3
  };

  Run run;
  Summary summary;
  std::vector<Source> sources;
  std::vector<Coverage> coverage;
  /// Logs that hosts of their role could have brought; not in the JSON.
  std::vector<Coverage> not_covered;
  std::vector<Clock> clocks;
  std::vector<Attempt> attempts;
  std::vector<Failure> failures;
  std::vector<Evidence> evidence;
};

}  // namespace deskfall
