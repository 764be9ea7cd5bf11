// The code tables: complete, findable by number and by name, each with origin.
#include <algorithm>
#include <catch2/catch.hpp>

#include "rules/rule_set.h"

namespace deskfall {

namespace {

const RuleSet& pack() {
  static const Result<RuleSet> kRules = RuleSet::load({});
  if (!kRules) {
    FAIL(kRules.error().text());
  }
  return *kRules;
}

const CodeEntry* row(std::string_view table, std::uint32_t code) {
  for (const CodeEntry* entry : pack().find_codes(code)) {
    if (entry->table == table) {
      return entry;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("No row of a code table is missing") {
  // Counted row by row in the sources that each table's origin names; in the
  // protocol errors one row of the source stands for 17 codes (63 + 16).
  const std::map<std::string, std::size_t> wanted = {
      {"disconnect", 76},    {"gateway-client", 71}, {"extended", 49},
      {"errinfo", 79},       {"negotiation", 6},     {"freerdp", 30},
      {"status", 53},        {"win32", 7},           {"tls-alert", 24},
      {"schannel-state", 5}, {"gateway", 21},        {"avd", 11},
      {"client-hex", 1},     {"logon-error", 11},    {"fatal-error", 9}};
  CHECK(pack().code_counts() == wanted);
}

TEST_CASE("A sample of each table means what its source says") {
  // Number, table, name and a word of the meaning, picked by hand.
  struct Sample {
    std::uint32_t code;
    std::string_view table;
    std::string_view name;
    std::string_view word;
  };
  constexpr Sample kSamples[] = {
      {0x904, "disconnect", "disconnectReasonAtClientWinsockFDCLOSE", "socket"},
      {6151, "disconnect", "SSL_ERR_NO_AUTHENTICATING_AUTHORITY",
       "domain controller"},
      {0x300001B, "gateway-client", "(unnamed)", "RAP"},
      {0x3000047, "gateway-client", "(unnamed)", "resource"},
      {25, "extended", "exDiscReasonShutdown", "shuts down"},
      {0x10B, "extended", "exDiscReasonLicenseCreatingLicStoreAccDenied",
       "license store"},
      {0x410, "extended", "ERRINFO_CB_CONNECTION_ERROR_INVALID_SETTINGS",
       "routing token"},
      {0x10F0, "errinfo", "ERRINFO_VCHANNELS_TOO_MANY", "31"},
      {0x1126, "errinfo", "ERRINFO_SECURITY_DATA_TOO_SHORT23", "field 17"},
      {3, "negotiation", "SSL_CERT_NOT_ON_SERVER", "certificate"},
      {0x2000D, "freerdp", "FREERDP_ERROR_CONNECT_TRANSPORT_FAILED", "0x904"},
      {0x8009030D, "status", "SEC_E_UNKNOWN_CREDENTIALS", "private key"},
      {0xC000015B, "status", "STATUS_LOGON_TYPE_NOT_GRANTED", "right"},
      {121, "win32", "ERROR_SEM_TIMEOUT", "unanswered"},
      {70, "tls-alert", "protocol_version", "0x80090302"},
      {10013, "schannel-state", "(unnamed)", "protocol version"},
      {23005, "gateway", "E_PROXY_TS_CONNECTFAILED", "target"},
      {0x2104, "client-hex", "(unnamed)", "certificate"},
      {0xFFFFFFFB, "logon-error", "LOGON_MSG_SESSION_CONTENTION", "(-5)"},
      {100, "fatal-error", "(unnamed)", "Winsock"}};
  for (const Sample& sample : kSamples) {
    CAPTURE(sample.code, sample.table);
    const CodeEntry* entry = row(sample.table, sample.code);
    REQUIRE(entry != nullptr);
    CHECK(entry->name == sample.name);
    CHECK(entry->says.find(sample.word) != std::string::npos);
  }
}

TEST_CASE("Codes are found by their name, with or without the family prefix") {
  const auto one = [](std::string_view name) {
    const auto found = pack().find_codes(name);
    REQUIRE(found.size() == 1);
    return found.front();
  };
  CHECK(one("sec_e_bad_bindings")->code == 0x80090346U);
  CHECK(one("SSL_ERR_CERT_EXPIRED")->code == 0x1B07U);
  CHECK(one("DECRYPT_FAILED2")->code == 0x1195U);
  CHECK(one("ERRINFO_PEER_DISCONNECTED")->code == 0x1196U);
  // A label that has no number at all.
  CHECK(one("GraphicsCapsNotReceived")->table == "avd");
  CHECK_FALSE(one("GraphicsCapsNotReceived")->code.has_value());
  CHECK(pack().find_codes(std::string_view("no such name")).empty());
}

TEST_CASE("Other spellings of one number lead to the same row") {
  const auto first = [](std::uint32_t code) {
    const auto found = pack().find_codes(code);
    return found.empty() ? nullptr : found.front();
  };
  REQUIRE(first(0x800759DD) != nullptr);  // HRESULT around a gateway result
  CHECK(first(0x800759DD)->name == "E_PROXY_TS_CONNECTFAILED");
  REQUIRE(first(0xD000006D) != nullptr);  // NTSTATUS as TermDD 56 prints it
  CHECK(first(0xD000006D)->name == "STATUS_LOGON_FAILURE");
  REQUIRE(first(0x10007) != nullptr);  // FreeRDP's class 1 holds an ERRINFO
  CHECK(first(0x10007)->name == "exDiscReasonServerDeniedConnection");
  // The error box shows both ranges in one place.
  CHECK(pack().code("disconnect", 0x300001C) != nullptr);
  CHECK(pack().code("extended", 0x10C9) != nullptr);
  CHECK(first(0x1F07) == nullptr);
}

TEST_CASE("Every code has words of its own, an origin and a confidence") {
  for (const auto& [table, count] : pack().code_counts()) {
    CAPTURE(table);
    CHECK(count > 0);
  }
  for (std::uint32_t code = 0; code < 0x11400; ++code) {
    for (const CodeEntry* entry : pack().find_codes(code)) {
      CAPTURE(entry->table, code);
      CHECK_FALSE(entry->says.empty());
      CHECK_FALSE(entry->origin.empty());
      CHECK_FALSE(entry->confidence.empty());
    }
  }
}

}  // namespace deskfall
