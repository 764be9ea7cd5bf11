// RuleTest: what a cause says about itself, as records and an expectation.
//
//   tests:
//     - name: the service died
//       connection: {stage: tls}
//       given:
//         - {t: -1s, host: server, signal: service.died}
//         - {t: -2s, channel: System, provider: User32, id: 1074}
//       expect: {verdict: explained, top: termservice-crash}
//
// A test lists plain rows; the engine builds a case of them and judges it
// (engine/rule_check.h). `t` counts from the end of the failure. Nothing here
// is evaluated.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/instant.h"
#include "rules/stage.h"

namespace deskfall {

/// Which end of the connection something belongs to.
enum class Side : std::uint8_t { kClient, kServer, kAny };
[[nodiscard]] std::string_view side_name(Side side);

/// Where a definition stands: for errors and for `rules show`.
struct Origin {
  std::string file;
  int line = 0;
};

/// One record of a test.
struct TestRow {
  Ticks t = 0;
  Side host = Side::kServer;
  std::string signal;   ///< write a record that this signal matches ...
  std::string channel;  ///< ... or this one
  std::string provider;
  std::uint32_t event_id = 0;
  std::string activity;  ///< "own": of the failed connection
  std::vector<std::pair<std::string, std::string>> fields;
  Origin origin;
};

/// The failed connection around which the rows stand.
struct TestConnection {
  Stage stage = Stage::kX224;  ///< the rung that it fell at
  std::string client_ip = "192.0.2.7";
  Ticks lasted = 0;  ///< from accept to the end; 0 = half a second
  std::optional<std::uint32_t> error;  ///< of the client; 0 = no client log
  bool client_log = true;
  bool server_log = true;
};

struct RuleTest {
  std::string name;
  std::optional<TestConnection> connection;
  std::vector<TestRow> rows;
  std::vector<std::string> drop_logs;
  std::map<std::string, std::pair<Ticks, Ticks>> coverage;  ///< by log
  std::map<Side, Ticks> clock;  ///< how far that host is ahead

  // What must come out; empty = not asked.
  std::string verdict;
  std::string not_verdict;
  std::string top;
  std::string not_top;
  std::string grade;  ///< of this cause
  std::vector<std::string> refuted_by;
  std::vector<std::string> ruled_out_by;
  std::vector<std::string> collect;
  Origin origin;
};

}  // namespace deskfall
