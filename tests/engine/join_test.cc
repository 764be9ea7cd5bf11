// Joins that need no clock, and what is known about the way between.
#include "engine/join.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ingest/sha256.h"
#include "tests/support/case_builder.h"

namespace deskfall {

using testing::CaseBuilder;

namespace {

std::vector<Attempt> attempts_of(const CaseBuilder& b) {
  return testing::stitched(b.data()).attempts;
}

/// Anna's hash, as her client's 1029 has it.
std::string hash_field(const std::string& account) {
  return "TraceMessage=" + hash_name(account).sha256 + "-";
}

/// A session of `user` on SRV01 that starts at `at` and stays open.
void session(CaseBuilder& b, double at, const std::string& id,
             const std::string& number, const std::string& user) {
  const auto line = [&](double after, const std::string& rest) {
    b.add("SRV01 " + std::to_string(at + after) + " " + rest + " @" + id);
  };
  line(0, "core 131 ConnType=TCP ClientIP=192.0.2.7:5" + number + "001");
  line(0.2, "manager 1149 Param1=" + user + " Param3=192.0.2.7");
  line(0.3, "core 72 MethodName=OnStartLicensing");
  line(0.4, "core 72 MethodName=ProtocolComplete");
  line(0.6, "core 66 SessionID=" + number);
}

/// A try of PC1 that ends in a session, on a clock of its own.
void tried(CaseBuilder& b, double at, const std::string& id,
           const std::string& number, const std::string& account) {
  const auto line = [&](double after, const std::string& rest) {
    b.add("PC1 " + std::to_string(at + after) + " rdpclient " + rest + " @" +
          id);
  };
  line(0, "1024 Value=SRV01");
  line(0.01, "1029 " + hash_field(account));
  line(0.5, "1025");
  line(0.7, "1027 SessionId=" + number);
}

}  // namespace

TEST_CASE("An account's hash is that of Windows") {
  // Widely published as the hash of this name in event 1029.
  CHECK(hash_name("Administrator").sha256 ==
        "UmTGMgTFbA35+PSgMOoZ2ToPpAK+awC010ZOYWQQIfc=");
  CHECK(is_hash_of(hash_name("anna").sha256, "EXAMPLE\\anna"));
  CHECK(is_hash_of(hash_name("EXAMPLE\\anna").sha1, "EXAMPLE\\anna"));
  CHECK_FALSE(is_hash_of(hash_name("bob").sha256, "EXAMPLE\\anna"));
  CHECK_FALSE(is_hash_of("", "EXAMPLE\\anna"));
}

TEST_CASE("Session number and account join across any clock") {
  CaseBuilder b;
  session(b, 7200, "F401", "3", "anna");
  tried(b, 0, "C1", "3", "anna");  // two hours off
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].join == Join::kSession);
  CHECK(attempts[0].user == "anna");
}

TEST_CASE("The same session number of another account joins nothing") {
  CaseBuilder b;
  session(b, 7200, "F401", "3", "bob");
  tried(b, 0, "C1", "3", "anna");
  CHECK(attempts_of(b).size() == 2);
}

TEST_CASE("A session that was taken up again tells no connection apart") {
  CaseBuilder b;
  session(b, 7200, "F401", "3", "anna");
  session(b, 9000, "F402", "3", "anna");
  tried(b, 0, "C1", "3", "anna");
  for (const Attempt& attempt : attempts_of(b)) {
    CHECK(attempt.join == Join::kNone);
  }
}

TEST_CASE("Targets are the same whatever their domain, port and case") {
  CHECK(same_name("srv01.corp.example:3390", "SRV01"));
  CHECK_FALSE(same_name("SRV01", "SRV02"));
  CHECK_FALSE(same_name("192.0.2.10", "192.0.2.11"));
  CHECK(same_name("192.0.2.10:3389", "192.0.2.10"));
}

TEST_CASE("Without activity ids two open connections keep their records") {
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001")
      .add("SRV01 0.01 core 65 ConnectionName=RDP-Tcp#1")
      .add("SRV01 0.3 core 72 MethodName=ProtocolComplete")
      .add("SRV01 0.5 core 66 ConnectionName=RDP-Tcp#1 SessionID=3")
      .add("SRV01 60 core 131 ConnType=TCP ClientIP=192.0.2.8:50002")
      .add("SRV01 60.01 core 65 ConnectionName=RDP-Tcp#2")
      .add("SRV01 60.02 core 141 InstanceID=2")
      .add("SRV01 60.1 core 143 error=64")
      .add("SRV01 60.11 core 102")
      .add("SRV01 60.12 core 103 ReasonCode=14")
      .add("SRV01 60.13 core 148 ChannelName=rdpdr")
      .add("SRV01 600 core 107")
      .add("SRV01 600.1 core 102")
      .add("SRV01 600.2 core 103 ReasonCode=13");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].client_address == "192.0.2.7");
  CHECK(attempts[0].close == Close::kClientLeft);
  CHECK(attempts[0].passed == Stage::kSession);
  CHECK(attempts[1].client_address == "192.0.2.8");
  CHECK(attempts[1].close == Close::kReset);
  CHECK(attempts[1].server.events.size() == 7);
}

TEST_CASE("Who closed is said only where records prove it") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 0.1 rdpclient 1028 @C1")
      .add("PC1 0.31 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 0.05 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add("SRV01 0.3 core 143 error=64 @F401")
      .add("SRV01 0.3 core 102 @F401");
  const auto both = attempts_of(b);
  REQUIRE(both.size() == 1);
  // Each end says that the other one, or something between, reset it.
  CHECK(both[0].closer == Closer::kNetwork);
  CaseBuilder alone;
  alone.add("SRV01 0.05 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add("SRV01 0.3 core 143 error=64 @F401")
      .add("SRV01 0.3 core 102 @F401");
  CHECK(attempts_of(alone).at(0).closer == Closer::kUnknown);
}

TEST_CASE("Ends by a limit, an administrator or another one are no failures") {
  for (const int reason : {1, 2, 3, 4, 5, 7}) {
    CaseBuilder b;
    session(b, 0, "F401", "3", "anna");
    b.add("SRV01 600 core 72 MethodName=SetErrorInfo(0x" +
          std::to_string(reason) + ") @F401")
        .add("SRV01 600.1 core 102 @F401");
    const auto attempts = attempts_of(b);
    REQUIRE(attempts.size() == 1);
    CHECK(attempts[0].closer == Closer::kServer);
    CHECK((attempts[0].outcome == AttemptOutcome::kSuccess) == (reason != 7));
  }
}

}  // namespace deskfall
