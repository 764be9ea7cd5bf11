// Anchors: what they bind, and which traces of a connection are one.
#include <catch2/catch.hpp>

#include "tests/support/judged.h"

namespace deskfall {

using testing::CaseBuilder;
using testing::cause_of;
using testing::failing_connection;
using testing::Judged;
using testing::rules_of;
using testing::small_pack;

namespace {

std::string anchor(const std::string& more) {
  return "{kind: anchor, id: trouble, polarity: failure, " + more + "}\n";
}

/// Hits of an anchor on 7031 and 7036 in the System log, with its merge.
std::span<const Hit> hits_of(const Judged& judged) {
  return judged.signals.hits("trouble").all();
}

Judged with_merge(const std::string& merge, const CaseBuilder& builder) {
  return {builder,
          rules_of({small_pack(),
                    anchor("from: [{signal: died}, {signal: back}]" + merge),
                    cause_of({"count: trouble, at_least: 2, within: [-20s, "
                              "20s]"})})};
}

std::string problems(const std::string& more) {
  const std::vector<RuleFile> files = {{"a", small_pack()},
                                       {"b", anchor(more)}};
  const auto rules = RuleSet::from_files(files);
  return rules ? "" : rules.error().text();
}

const std::string& who(const Judged& judged, const Hit& hit, Entity entity) {
  return judged.signals.who(hit)[static_cast<std::size_t>(entity)];
}

}  // namespace

TEST_CASE("Without a merge every record is a trace of its own") {
  CaseBuilder b = failing_connection();
  b.add("SRV01 8 system 7031 From=192.0.2.7")
      .add("SRV01 9 system 7036 From=192.0.2.7");
  const Judged judged = with_merge("", b);
  CHECK(hits_of(judged).size() == 2);
  CHECK(judged.finding("i1").value == Value::kPresent);
}

TEST_CASE("Traces that agree within the gap are one, at the first") {
  CaseBuilder b = failing_connection();
  b.add("SRV01 8 system 7031 From=192.0.2.7")
      .add("SRV01 12 system 7036 From=192.0.2.7")   // 4 s after
      .add("SRV01 17 system 7031 From=192.0.2.7");  // 5 s after that
  const Judged judged = with_merge(", merge: {same: [client_ip], gap: 5s}", b);
  REQUIRE(hits_of(judged).size() == 1);
  CHECK(hits_of(judged)[0].time == testing::at(8));
  CHECK(hits_of(judged)[0].count == 3);
  CHECK(judged.finding("i1").value == Value::kAbsent);
  // A moment too late is another one.
  b.add("SRV01 22.1 system 7036 From=192.0.2.7");
  CHECK(
      hits_of(with_merge(", merge: {same: [client_ip], gap: 5s}", b)).size() ==
      2);
}

TEST_CASE("Traces that differ, or agree in nothing, are not one") {
  const auto size = [](const std::string& merge, const std::string& second) {
    CaseBuilder b = failing_connection();
    b.add("SRV01 8 system 7031 From=192.0.2.7:50001 Who=alice")
        .add("SRV01 9 " + second);
    return hits_of(
               with_merge(", merge: " + merge + ", bind: {user: event.Who}", b))
        .size();
  };
  const std::string same =
      "{same: [client_ip], any: [client_port, user], "
      "gap: 5s}";
  CHECK(size(same, "system 7036 From=192.0.2.8:50001") == 2);
  CHECK(size(same, "system 7036 From=192.0.2.7:50002") == 2);
  CHECK(size(same, "system 7036 From=192.0.2.7:50002 Who=alice") == 1);
  // Nothing known of `any` refuses nothing.
  CHECK(size("{same: [client_ip], any: [session], gap: 5s}",
             "system 7036 From=192.0.2.7:50002") == 1);
  // Nothing known at all proves nothing.
  CHECK(size("{same: [client_ip], gap: 5s}", "system 7036") == 2);
}

TEST_CASE("Traces of two hosts stay two, whatever they say") {
  CaseBuilder b = failing_connection();
  b.add("SRV01 8 system 7031 From=192.0.2.7")
      .add("SRV02 8 system 7031 From=192.0.2.7");
  CHECK(
      hits_of(with_merge(", merge: {same: [client_ip], gap: 5s}", b)).size() ==
      2);
}

TEST_CASE("Two connections seen from one side are never one") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 1 rdpclient 1026 Value=2308 @C1")
      .add("PC1 2 rdpclient 1024 Value=SRV01 @C2")
      .add("PC1 3 rdpclient 1026 Value=2308 @C2");
  const Judged judged(
      b, rules_of({small_pack(),
                   anchor("from: [{dialog: {error: 0x904}}], merge: {same: "
                          "[client_host], gap: 60s}"),
                   cause_of({"event: died, within: [-5s, 5s]"})}));
  CHECK(judged.failures.size() == 2);
  CHECK(hits_of(judged).size() == 2);
}

TEST_CASE("An anchor binds from its record, the dialog, or a record before") {
  CaseBuilder b = failing_connection();
  b.add("SRV01 3 system 7011 From=192.0.2.9 Name=early")
      .add("SRV01 7 system 7011 From=192.0.2.9 Name=late")
      .add("SRV01 8 system 7031 Who=alice Via=-");
  const auto bound = [&b](const std::string& bind, Entity entity) {
    const Judged judged(
        b,
        rules_of({small_pack(), anchor("from: [{signal: died}], bind: " + bind),
                  cause_of({"event: died, within: [-5s, 5s]"})}));
    return who(judged, hits_of(judged)[0], entity);
  };
  CHECK(bound("{user: event.Who}", Entity::kUser) == "alice");
  // The last one before it; later or too early ones are not asked.
  CHECK(bound("{session: 'prior(warned, 2s).Name'}", Entity::kSession) ==
        "late");
  CHECK(bound("{session: 'prior(warned, 500ms).Name'}", Entity::kSession)
            .empty());
  CHECK(bound("{client_ip: 'prior(warned, 2s).From'}", Entity::kClientIp) ==
        "192.0.2.9");
  // The first term that tells; "-" tells nothing, and there is no dialog.
  CHECK(bound("{user: dialog.User | event.Via | event.Who}", Entity::kUser) ==
        "alice");
  CHECK(bound("{server_host: event.Computer}", Entity::kServerHost) == "srv01");
}

TEST_CASE("What an anchor binds joins the evidence of its failures") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 1 rdpclient 1026 Value=2308 Account=alice @C1")
      .add("PC1 1.5 system 7031 Account=bob")
      .add("PC1 1.6 system 7036 Account=alice")
      .run("PC1", "System", 1, 90, -9000, 9000);
  const std::string signals =
      "{kind: signal, id: whose, title: T, log: system, detection: {p: "
      "{EventID: [7031, 7036]}, condition: p}, bind: {user: Account}}\n";
  const auto count = [&](const std::string& bind) {
    const Judged judged(
        b, rules_of({small_pack(), signals,
                     anchor("from: [{dialog: {error: 0x904}}]" + bind),
                     cause_of({"event: whose, ask: client, same: [user], "
                               "within: [-5s, 5s]"})}));
    return judged.finding("i1").count;
  };
  CHECK(count("") == 2);  // whose failure it was nobody knows
  CHECK(count(", bind: {user: event.Account}") == 1);
}

TEST_CASE("A dialog tells what its connection's records do not") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 1 rdpclient 1026 Value=2308 @C1")
      .add("PC1 1 dialog 0 Error=0x904 Extended=0x7 User=carol");
  const Judged judged(
      b, rules_of({small_pack(),
                   anchor("from: [{dialog: {error: 0x904, extended: 7}}], "
                          "bind: {user: dialog.User, client_host: "
                          "dialog.host | event.Computer}"),
                   cause_of({"event: died, within: [-5s, 5s]"})}));
  REQUIRE(hits_of(judged).size() == 1);
  CHECK(who(judged, hits_of(judged)[0], Entity::kUser) == "carol");
  CHECK(who(judged, hits_of(judged)[0], Entity::kClientHost) == "pc1");
}

TEST_CASE("A merge or a bind that cannot be meant is refused at its place") {
  const std::string from = "from: [{signal: died}], ";
  CHECK(problems(from + "merge: {gap: 5s}").find("needs 'same' or 'any'") !=
        std::string::npos);
  CHECK(problems(from + "merge: {same: [user]}").find("'gap' is missing") !=
        std::string::npos);
  CHECK(
      problems(from + "merge: {same: [user], gap: 9d}").find("at most a day") !=
      std::string::npos);
  CHECK(problems(from + "merge: {same: [usr], gap: 5s}")
            .find("did you mean 'user'?") != std::string::npos);
  CHECK(problems(from + "bind: {client: event.X}").find("unknown entity") !=
        std::string::npos);
  CHECK(problems(from + "bind: {user: Name}").find("names no field") !=
        std::string::npos);
  CHECK(problems(from + "bind: {user: record.Name}").find("no place to read") !=
        std::string::npos);
  CHECK(problems(from + "bind: {user: 'prior(dyed, 2m).Name'}")
            .find("did you mean 'died'?") != std::string::npos);
  CHECK(problems(from + "bind: {user: 'prior(died, soon).Name'}")
            .find("how long before") != std::string::npos);
}

}  // namespace deskfall
