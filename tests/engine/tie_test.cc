// What ties a record to a failure, and what it weighs then. 90 % against 9 %
// weigh 1000.
#include <catch2/catch.hpp>

#include "tests/support/judged.h"

namespace deskfall {

using testing::cause_of;
using testing::failing_connection;
using testing::Judged;
using testing::rules_of;
using testing::small_pack;

namespace {

/// A record of the System log beside a failure of 192.0.2.7.
Judged judged(const std::string& record, const std::string& joins) {
  return {failing_connection().add("SRV01 9 system 7011" + record),
          rules_of({small_pack(),
                    cause_of({"event: warned, within: [-5s, 5s]" + joins})})};
}

}  // namespace

TEST_CASE(
    "A record that names nobody weighs half where somebody is asked for") {
  const Judged named = judged(" From=192.0.2.7", ", any: [client_ip]");
  CHECK(named.finding("i1").tie == Tie::kEntity);
  CHECK(named.finding("i1").weight == 1000);
  const Judged nameless = judged("", ", any: [client_ip]");
  CHECK(nameless.finding("i1").value == Value::kPresent);
  CHECK(nameless.finding("i1").tie == Tie::kTime);
  CHECK(nameless.finding("i1").weight == 500);
  CHECK(nameless.judgement().weight == 500);
  CHECK(judged("", ", same: [client_ip]").finding("i1").weight == 500);
}

TEST_CASE(
    "Where nobody is asked for, host and time are all there is to agree") {
  const Judged asked = judged("", "");
  CHECK(asked.finding("i1").tie == Tie::kHost);
  CHECK(asked.finding("i1").weight == 1000);
}

TEST_CASE("One record that agrees is enough for all of them") {
  const Judged both(
      failing_connection()
          .add("SRV01 8 system 7011")
          .add("SRV01 9 system 7011 From=192.0.2.7"),
      rules_of({small_pack(), cause_of({"event: warned, within: [-5s, 5s], "
                                        "any: [client_ip]"})}));
  CHECK(both.finding("i1").count == 2);
  CHECK(both.finding("i1").weight == 1000);
}

TEST_CASE("Proven absence weighs whole, whoever was asked for") {
  const Judged absent(
      failing_connection(),
      rules_of({small_pack(), cause_of({"event: warned, within: [-5s, 5s], "
                                        "any: [client_ip]"})}));
  CHECK(absent.finding("i1").value == Value::kAbsent);
  CHECK(absent.finding("i1").weight == -959);  // 1000 log10(0.1 / 0.91)
  const Judged silent(
      failing_connection(),
      rules_of({small_pack(), cause_of({"none: warned, within: [-5s, 5s], "
                                        "any: [client_ip]"})}));
  CHECK(silent.finding("i1").weight == 1000);
}

}  // namespace deskfall
