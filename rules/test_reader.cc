#include "rules/test_reader.h"

#include <algorithm>

#include "ingest/suggest.h"
#include "rules/item_reader.h"

namespace deskfall {

namespace {

using Need_ = RuleReader::Need;

/// A test is for people to read; more rows are a recording.
constexpr std::size_t kMostRows = 1'000;

}  // namespace

void TestReader::check_log(RuleReader& reader, std::string_view key,
                           const std::string& log) {
  if (!rules_.find_log(log)) {
    reader.complain_at(key, "no log is called '" + log + "'",
                       suggest(log, ids_of(rules_.logs())));
  }
}

TestConnection TestReader::read_connection(const YamlNode& node,
                                           TestConnection connection) {
  RuleReader reader(node, file_, diagnostics_);
  const std::string stage = reader.text("stage");
  if (!stage.empty()) {
    const auto parsed = rules_.stage(stage);
    if (!parsed || *parsed < Stage::kX224) {
      reader.complain_at("stage", "a server sees connections that fall at " +
                                      std::string(stage_name(Stage::kX224)) +
                                      " or later");
    }
    connection.stage = parsed.value_or(Stage::kX224);
  }
  const std::string ip = reader.text("client_ip");
  connection.client_ip = ip.empty() ? connection.client_ip : ip;
  const std::string lasted = reader.text("lasted");
  if (!lasted.empty()) {
    const auto span = parse_duration(lasted);
    if (!span || *span <= 0) {
      reader.complain_at("lasted", "'lasted' must be a length of time");
    }
    connection.lasted = span.value_or(0);
  }
  if (const auto error = reader.number("error")) {
    connection.error = *error;
  }
  connection.client_log = reader.flag("client_log", connection.client_log);
  connection.server_log = reader.flag("server_log", connection.server_log);
  reader.close();
  return connection;
}

TestRow TestReader::read_row(const YamlNode& node) {
  RuleReader reader(node, file_, diagnostics_);
  TestRow row;
  row.origin = {file_, node.line};
  const auto t = parse_duration(reader.text("t", Need_::kRequired));
  if (!t) {
    reader.complain_at("t",
                       "'t' must be a length of time before or after the "
                       "end of the failure",
                       "such as -0.5s");
  }
  row.t = t.value_or(0);
  row.host = read_side(reader, "host", Side::kServer);
  row.signal = reader.text("signal");
  row.channel = reader.text("channel");
  row.provider = reader.text("provider");
  row.event_id = reader.number("id").value_or(0);
  row.activity = reader.text("activity");
  if (row.signal.empty() == row.channel.empty()) {
    reader.complain("a row has either signal, or channel, provider and id");
  }
  if (!row.signal.empty() && !rules_.find_signal(row.signal)) {
    reader.complain_at("signal", "no signal is called '" + row.signal + "'",
                       suggest(row.signal, ids_of(rules_.signals())));
  }
  if (const YamlNode* fields = reader.node("fields")) {
    for (const auto& [key, value] : fields->map) {
      row.fields.emplace_back(key.scalar, value.scalar);
    }
  }
  reader.close();
  return row;
}

void TestReader::read_circumstances(RuleReader& reader, RuleTest& test) {
  for (const std::string& log : reader.texts("drop_logs")) {
    check_log(reader, "drop_logs", log);
    test.drop_logs.push_back(log);
  }
  if (const YamlNode* coverage = reader.node("coverage")) {
    RuleReader inner(*coverage, file_, diagnostics_);
    for (const auto& [key, value] : coverage->map) {
      check_log(inner, key.scalar, key.scalar);
      if (const auto span = inner.span(key.scalar)) {
        test.coverage[key.scalar] = *span;
      }
    }
  }
  if (const YamlNode* clock = reader.node("clock")) {
    RuleReader inner(*clock, file_, diagnostics_);
    for (const Side side : {Side::kClient, Side::kServer}) {
      const std::string ahead = inner.text(side_name(side));
      const auto span = parse_duration(ahead);
      if (!ahead.empty() && !span) {
        inner.complain_at(side_name(side),
                          "a clock is ahead by a length of "
                          "time, such as +180s");
      }
      if (span) {
        test.clock[side] = *span;
      }
    }
    inner.close();
  }
}

void TestReader::read_expect(RuleReader& reader, RuleTest& test) {
  const YamlNode* node = reader.node("expect");
  if (node == nullptr) {
    reader.complain("a test needs 'expect'",
                    "for example expect: {verdict: explained}");
    return;
  }
  RuleReader expect(*node, file_, diagnostics_);
  test.verdict = expect.text("verdict");
  test.not_verdict = expect.text("not_verdict");
  for (const auto& [key, verdict] :
       {std::pair<std::string_view, const std::string&>("verdict",
                                                        test.verdict),
        {"not_verdict", test.not_verdict}}) {
    if (!verdict.empty() && verdict != "explained" && verdict != "ambiguous" &&
        verdict != "undecidable" && verdict != "unexplained") {
      expect.complain_at(key, "'" + verdict + "' is no verdict",
                         "explained, ambiguous, undecidable, unexplained");
    }
  }
  test.top = expect.text("top");
  test.not_top = expect.text("not_top");
  test.grade = expect.text("grade");
  test.refuted_by = expect.texts("refuted_by");
  test.ruled_out_by = expect.texts("ruled_out_by");
  test.collect = expect.texts("collect");
  for (const std::string& log : test.collect) {
    check_log(expect, "collect", log);
  }
  if (node->map.empty()) {
    expect.complain("a test that expects nothing cannot fail");
  }
  expect.close();
}

RuleTest TestReader::read_one(const YamlNode& node,
                              const std::vector<RuleTest>& earlier) {
  RuleReader reader(node, file_, diagnostics_);
  RuleTest test;
  const std::string like = reader.text("like");
  if (!like.empty()) {
    const auto base =
        std::find_if(earlier.begin(), earlier.end(),
                     [&](const RuleTest& t) { return t.name == like; });
    if (base == earlier.end()) {
      reader.complain_at("like", "no earlier test is called '" + like + "'");
    } else {
      test.connection = base->connection;
      test.rows = base->rows;
      test.drop_logs = base->drop_logs;
      test.coverage = base->coverage;
      test.clock = base->clock;
    }
  }
  test.origin = {file_, node.line};
  test.name = reader.text("name", Need_::kRequired);
  if (const YamlNode* connection = reader.node("connection")) {
    test.connection = read_connection(
        *connection, test.connection.value_or(TestConnection{}));
  }
  const std::vector<std::string> drop = reader.texts("drop");
  std::erase_if(test.rows, [&drop](const TestRow& row) {
    return std::find(drop.begin(), drop.end(), row.signal) != drop.end();
  });
  for (const std::string_view key : {"given", "add"}) {
    for (const YamlNode& row : reader.list(key)) {
      test.rows.push_back(read_row(row));
    }
  }
  if (test.rows.size() > kMostRows) {
    reader.complain("a test has at most 1000 rows");
    test.rows.clear();
  }
  read_circumstances(reader, test);
  read_expect(reader, test);
  reader.close();
  return test;
}

std::vector<RuleTest> TestReader::read(const std::vector<YamlNode>& nodes) {
  std::vector<RuleTest> tests;
  tests.reserve(nodes.size());
  for (const YamlNode& node : nodes) {
    tests.push_back(read_one(node, tests));
  }
  return tests;
}

}  // namespace deskfall
