// TLS alerts, which name no connection.
#include "engine/codes.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::CaseBuilder;

namespace {

std::vector<Attempt> attempts_of(const CaseBuilder& b) {
  return testing::stitched(b.data()).attempts;
}

/// A connection that ends in the middle of its handshake.
void cut_handshake(CaseBuilder& b, double when, const std::string& number) {
  const auto line = [&](double after, const std::string& rest) {
    b.add("SRV01 " + std::to_string(when + after) + " core " + rest + " @F40" +
          number);
  };
  line(0, "131 ConnType=TCP ClientIP=192.0.2." + number + ":50001");
  line(0.1, "72 MethodName=CTS_HandshakeStart");
  line(0.8, "103 ReasonCode=0");
}

std::vector<std::string> alerts_of(const Attempt& attempt) {
  std::vector<std::string> out;
  for (const SeenCode& code : attempt.codes) {
    if (code.what.starts_with("TLS alert")) {
      out.push_back(code.what + "=" + code.value);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("An alert belongs to the one handshake that was under way") {
  CaseBuilder b;
  cut_handshake(b, 0, "7");
  cut_handshake(b, 30, "8");
  b.add("SRV01 30.5 schannel 36888 AlertDesc=40 ErrorState=1205");
  b.add("SRV01 30.6 schannel 36887 AlertDesc=70");
  b.add("SRV01 15 schannel 36887 AlertDesc=48");  // between the two
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 2);
  CHECK(alerts_of(attempts[0]).empty());
  CHECK(alerts_of(attempts[1]) ==
        std::vector<std::string>{"TLS alert sent=40", "TLS alert received=70"});
}

TEST_CASE("With two handshakes under way an alert belongs to neither") {
  CaseBuilder b;
  cut_handshake(b, 0, "7");
  cut_handshake(b, 0.3, "8");
  b.add("SRV01 0.5 schannel 36888 AlertDesc=40");
  for (const Attempt& attempt : attempts_of(b)) {
    CHECK(alerts_of(attempt).empty());
  }
}

TEST_CASE("The alert of another host or of a running session is not taken") {
  CaseBuilder b;
  cut_handshake(b, 0, "7");
  b.add("SRV02 0.5 schannel 36888 AlertDesc=40");
  b.add("SRV01 60 core 131 ConnType=TCP ClientIP=192.0.2.9:50001 @F409");
  b.add("SRV01 60.2 core 72 MethodName=OnStartLicensing @F409");
  b.add("SRV01 61 core 66 SessionID=3 @F409");
  b.add("SRV01 60.5 schannel 36887 AlertDesc=49");
  for (const Attempt& attempt : attempts_of(b)) {
    CHECK(alerts_of(attempt).empty());
  }
}

}  // namespace deskfall
