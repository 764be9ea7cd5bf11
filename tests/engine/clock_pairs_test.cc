// What the filters of both hosts add to the clocks.
#include "engine/clock_pairs.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

constexpr const char* kTuple =
    " SourceAddress=192.0.2.7 SourcePort=50001 DestAddress=198.51.100.20 "
    "DestPort=3389 Protocol=6";

/// A connection of PC1 to SRV01, whose clock shows ten seconds more.
CaseBuilder connection() {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1");
  b.add(std::string("PC1 0.4 security 5156 Direction=%%14593") + kTuple);
  b.add("SRV01 10.45 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401");
  b.add("SRV01 10.6 core 72 MethodName=OnStartLicensing @F401");
  b.add("SRV01 10.9 core 66 SessionID=3 @F401");
  b.add("PC1 1.0 rdpclient 1025 @C1");
  return b;
}

Offset offset_of(const CaseBuilder& b) {
  const CaseData data = b.data();
  const auto [attempts, clocks] = testing::stitched(data);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].join == Join::kPort);
  return clocks.between(data.find_host("PC1"), data.find_host("SRV01"), at(0));
}

}  // namespace

TEST_CASE("The client's filter lets a connection out before the accept") {
  // 131 before 1025: at least 9.45 s. 5156 out before 131: at most 10.05 s,
  // where the start (1024) alone would allow 10.45 s.
  const Offset offset = offset_of(connection());
  CHECK(offset.low == Approx(9.45e7).margin(1));
  CHECK(offset.high == Approx(10.05e7).margin(1));
}

TEST_CASE("The filters of both hosts see a connection in order") {
  CaseBuilder b = connection();
  b.add(std::string("SRV01 10.42 security 5156 Direction=%%14592") + kTuple);
  CHECK(offset_of(b).high == Approx(10.02e7).margin(1));
}

}  // namespace deskfall
