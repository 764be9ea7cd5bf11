// TestReader: the `tests` of a cause, from YAML to RuleTest.
//
// `like: NAME` begins with the rows of an earlier test of the same cause;
// `add` puts rows to them, `drop` takes the rows of a signal away.
#pragma once

#include <string>
#include <vector>

#include "rules/rule_reader.h"
#include "rules/rule_set.h"

namespace deskfall {

class TestReader {
 public:
  TestReader(const RuleSet& rules, const std::string& file,
             std::vector<Diagnostic>& diagnostics)
      : rules_(rules), file_(file), diagnostics_(diagnostics) {}

  [[nodiscard]] std::vector<RuleTest> read(const std::vector<YamlNode>& nodes);

 private:
  [[nodiscard]] RuleTest read_one(const YamlNode& node,
                                  const std::vector<RuleTest>& earlier);
  [[nodiscard]] TestConnection read_connection(const YamlNode& node,
                                               TestConnection connection);
  [[nodiscard]] TestRow read_row(const YamlNode& node);
  void read_circumstances(RuleReader& reader, RuleTest& test);
  void read_expect(RuleReader& reader, RuleTest& test);
  void check_log(RuleReader& reader, std::string_view key,
                 const std::string& log);

  const RuleSet& rules_;
  const std::string& file_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace deskfall
