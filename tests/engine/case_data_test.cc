#include "engine/case_data.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

TEST_CASE("Short name, full name and letter case are one host") {
  const auto data = CaseBuilder()
                        .add("SRV01 1 system 1")
                        .add("srv01.example.org 2 system 2")
                        .add("Srv01 3 system 3")
                        .data();
  REQUIRE(data.hosts == std::vector<std::string>{"srv01.example.org"});
  for (const CaseEvent& event : data.events) {
    CHECK(event.host_id == 0);
  }
  CHECK(data.find_host("SRV01") == 0);
}

TEST_CASE("A short name that fits two full names is a host of its own") {
  const auto data = CaseBuilder()
                        .add("srv01 1 system 1")
                        .add("srv01.a.example 2 system 2")
                        .add("srv01.b.example 3 system 3")
                        .data();
  CHECK(data.hosts.size() == 3);
  CHECK(data.find_host("srv01.b.example") == 2);
}

TEST_CASE("Two full names or two addresses with one beginning are two hosts") {
  const auto named = CaseBuilder().add("srv01.a.example 1 system 1").data();
  CHECK(named.find_host("srv01") == 0);
  CHECK(named.find_host("srv01.b.example") == kNoHost);
  const auto numbers = CaseBuilder().add("192.0.2.10 1 system 1").data();
  CHECK(numbers.find_host("192.0.2.10") == 0);
  CHECK(numbers.find_host("192.0.2.99") == kNoHost);
}

TEST_CASE("A record that was exported twice counts once") {
  // The second export cut the time to whole seconds: it is not the one kept.
  const auto data = CaseBuilder()
                        .add("SRV01 5.7 system 7031 #12 A=1")
                        .add("SRV01 5 system 7031 #12 A=1 !seconds")
                        .add("SRV01 5.7 system 7031 #13 A=1")
                        .data();
  REQUIRE(data.events.size() == 2);
  CHECK(data.duplicates == 1);
  for (const CaseEvent& event : data.events) {
    CHECK(event.time == testing::at(5.7));
  }
}

TEST_CASE("Of a record in its log and in slack the live one stays") {
  CaseBuilder b;
  b.add("SRV01 5 system 7031 #12 A=1 !recovered")
      .add("SRV01 5 system 7031 #12 A=1")
      .add("SRV01 5 system 7031 #13 A=1 !recovered");
  const CaseData forward = b.data();
  const CaseData backward = b.reversed().data();
  for (const CaseData* data : {&forward, &backward}) {
    REQUIRE(data->events.size() == 2);
    CHECK_FALSE(data->events[0].recovered);
    CHECK(data->events[1].recovered);
  }
}

TEST_CASE("The same number after a clear is another record") {
  const auto data = CaseBuilder()
                        .add("SRV01 5 system 7031 #12")
                        .add("SRV01 6.5 system 7031 #12")
                        .add("SRV02 5 system 7031 #12")
                        .data();
  CHECK(data.events.size() == 3);
  CHECK(data.duplicates == 0);
}

TEST_CASE("The order of the sources changes nothing") {
  CaseBuilder b;
  b.add("SRV01 5 core 131 #7 ConnType=TCP")
      .add("srv01.example.org 5 core 65 #8")
      .add("PC1 5 rdpclient 1024 Value=SRV01")
      .add("SRV01 2 system 7036");
  const auto forward = b.data();
  const auto backward = b.reversed().data();
  CHECK(forward.hosts == backward.hosts);
  REQUIRE(forward.events.size() == backward.events.size());
  for (std::size_t i = 0; i < forward.events.size(); ++i) {
    CHECK(forward.events[i].event_id == backward.events[i].event_id);
    CHECK(forward.events[i].host_id == backward.events[i].host_id);
  }
  CHECK(forward.events[0].event_id == 7036);
}

TEST_CASE("Records of one instant stand by their number") {
  const auto data = CaseBuilder()
                        .add("SRV01 5 core 103 #9")
                        .add("SRV01 5 core 131 #3")
                        .data();
  CHECK(data.events[0].record_id == 3);
}

}  // namespace deskfall
