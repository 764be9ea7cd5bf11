#include "rules/stage.h"

#include <catch2/catch.hpp>

namespace deskfall {

TEST_CASE("The ladder has eight rungs in the order of a connection") {
  const char* names[] = {"dns",     "tcp",       "x224",  "tls",
                         "credssp", "licensing", "logon", "session"};
  Stage stage = Stage::kNone;
  for (const char* name : names) {
    stage = next_stage(stage);
    CHECK(stage_name(stage) == name);
    CHECK(parse_stage(name) == stage);
  }
  CHECK(next_stage(stage) == Stage::kSession);
}

TEST_CASE("A range of stages reads as it is written") {
  CHECK(parse_stage_range("tcp..tls") == StageRange{Stage::kTcp, Stage::kTls});
  CHECK(parse_stage_range("tls") == StageRange{Stage::kTls, Stage::kTls});
  CHECK(parse_stage_range("any") == StageRange{Stage::kDns, Stage::kSession});
  CHECK(stage_range_name({Stage::kTcp, Stage::kTls}) == "tcp..tls");
  CHECK(stage_range_name({Stage::kTls, Stage::kTls}) == "tls");
  for (const char* bad : {"tls..tcp", "tls..", "..tls", "", "TLS", "a..b"}) {
    CHECK_FALSE(parse_stage_range(bad).has_value());
  }
}

}  // namespace deskfall
