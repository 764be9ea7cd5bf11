// Clocks of servers and domain controllers, tied by tickets and time services.
#include "engine/ticket_pairs.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

constexpr const char* kGuid = "{0B1C2D3E-0000-4000-8000-0000000000AA}";

Offset offset_of(const CaseData& data, const std::string& from,
                 const std::string& to) {
  return testing::stitched(data).clocks.between(data.find_host(from),
                                                data.find_host(to), at(60));
}

void ticket(CaseBuilder& b, double when, const std::string& guid = kGuid) {
  b.add("DC1 " + std::to_string(when) +
        " security 4769 ServiceName=SRV01$ Status=0x0 LogonGuid=" + guid);
}

void accept(CaseBuilder& b, double when) {
  b.add("SRV01 " + std::to_string(when) +
        " core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401");
}

void logon(CaseBuilder& b, double when, const std::string& guid = kGuid) {
  b.add("SRV01 " + std::to_string(when) +
        " security 4624 LogonType=3 IpAddress=192.0.2.7 IpPort=50001 "
        "LogonGuid=" +
        guid);
}

}  // namespace

TEST_CASE("A ticket ties the clocks of controller and server") {
  // The server's clock shows 40 s more. Accepted at 100, asked at 60.2 of the
  // controller, logged on at 101.
  CaseBuilder b;
  accept(b, 100);
  ticket(b, 60.2);
  logon(b, 101);
  const Offset offset = offset_of(b.data(), "DC1", "SRV01");
  CHECK_FALSE(offset.assumed);
  CHECK(offset.pairs == 1);
  CHECK(offset.low == Approx(39.8e7).margin(2e5));
  CHECK(offset.high == Approx(40.8e7).margin(2e5));
}

TEST_CASE("What a ticket does not prove is not taken from it") {
  const auto is_unknown = [](const CaseBuilder& b) {
    return offset_of(b.data(), "DC1", "SRV01").assumed;
  };
  CaseBuilder one_sided;  // no accept: the logon alone bounds one side
  ticket(one_sided, 60);
  logon(one_sided, 61);
  CHECK(is_unknown(one_sided));

  CaseBuilder twice;  // an old ticket may have served the second logon
  accept(twice, 100);
  ticket(twice, 60.2);
  logon(twice, 101);
  logon(twice, 160);
  CHECK(is_unknown(twice));

  CaseBuilder far;  // further apart than Kerberos allows
  accept(far, 400);
  ticket(far, 60);
  logon(far, 401);
  CHECK(is_unknown(far));

  CaseBuilder ntlm;  // no GUID
  const std::string zeros = "{00000000-0000-0000-0000-000000000000}";
  accept(ntlm, 100);
  ticket(ntlm, 100.2, zeros);
  logon(ntlm, 101, zeros);
  CHECK(is_unknown(ntlm));
}

TEST_CASE("Hosts of one domain that were set in time are near each other") {
  CaseBuilder b;
  b.add("PC1.corp.example 0 time 35 TimeSource=dc1.corp.example");
  b.add("SRV01.corp.example 5 time 37 TimeSource=dc1.corp.example");
  const Offset offset =
      offset_of(b.data(), "PC1.corp.example", "SRV01.corp.example");
  CHECK(offset.synced);
  CHECK_FALSE(offset.assumed);
  CHECK(offset.low == -kSyncedOffset);
  CHECK(offset.high == kSyncedOffset);
}

TEST_CASE(
    "Time services say nothing across domains, too late or by themselves") {
  const auto is_unknown = [](const CaseBuilder& b, const std::string& to) {
    return offset_of(b.data(), "PC1.corp.example", to).assumed;
  };
  const std::string mine = "PC1.corp.example 0 time 35 TimeSource=dc1";
  CaseBuilder other_domain;
  other_domain.add(mine).add("SRV01.lab.example 5 time 35 TimeSource=dc1");
  CHECK(is_unknown(other_domain, "SRV01.lab.example"));

  const std::string host = "SRV01.corp.example";
  CaseBuilder own_clock;
  own_clock.add(mine).add(host + " 5 time 35 TimeSource=Free-running");
  own_clock.add(host + " 6 core 131 ConnType=TCP ClientIP=192.0.2.7:50001");
  CHECK(is_unknown(own_clock, host));

  CaseBuilder late;  // a day and a second before
  late.add(mine).add(host + " -86341 time 35 TimeSource=dc1");
  CHECK(is_unknown(late, host));
  CaseBuilder in_time;
  in_time.add(mine).add(host + " -86339 time 35 TimeSource=dc1");
  CHECK_FALSE(is_unknown(in_time, host));
}

}  // namespace deskfall
