#include "rules/yaml.h"

#include <catch2/catch.hpp>

namespace deskfall {

namespace {

/// The only problem of a text.
Diagnostic problem_of(const std::string& text) {
  std::vector<Diagnostic> diagnostics;
  static_cast<void>(parse_yaml("a.yaml", text, diagnostics));
  REQUIRE(diagnostics.size() == 1);
  return diagnostics.front();
}

}  // namespace

TEST_CASE("A duplicate key is refused where it stands") {
  const Diagnostic problem = problem_of("id: a\ntitle: b\nid: c\n");
  CHECK(problem.line == 3);
  CHECK(problem.column == 1);
  CHECK(problem.message == "duplicate key 'id'");
}

TEST_CASE("Keys of different maps may be equal") {
  std::vector<Diagnostic> diagnostics;
  const auto documents =
      parse_yaml("a", "a: {id: 1}\nb: {id: 2}\n---\na: 3\n", diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(documents.size() == 2);
  CHECK(documents[0].find("b")->find("id")->scalar == "2");
}

TEST_CASE("Anchors, aliases and tags are refused") {
  CHECK(problem_of("a: &x 1\n").message == "anchors are not allowed");
  CHECK(problem_of("a: &x {b: 1}\n").message == "anchors are not allowed");
  CHECK(problem_of("a: !!python/object 1\n").line == 1);
  CHECK(problem_of("a: !own [1]\n").message.find("tag") != std::string::npos);
  std::vector<Diagnostic> diagnostics;
  static_cast<void>(parse_yaml("a", "a: 1\nb: *a\n", diagnostics));
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics.front().line == 2);
}

TEST_CASE("Nesting is allowed to 64 levels and not to 65") {
  std::vector<Diagnostic> diagnostics;
  static_cast<void>(parse_yaml("a", std::string(64, '[') + std::string(64, ']'),
                               diagnostics));
  CHECK(diagnostics.empty());
  CHECK(problem_of(std::string(65, '[') + std::string(65, ']')).column == 65);
  CHECK(problem_of(std::string(100'000, '[')).message ==
        "nested more than 64 levels deep");
}

TEST_CASE("A file beyond 1 MiB is refused unread") {
  std::vector<Diagnostic> diagnostics;
  static_cast<void>(parse_yaml("a", std::string(1 << 20, '#'), diagnostics));
  CHECK(diagnostics.empty());
  CHECK(problem_of(std::string((1 << 20) + 1, '#')).hint == "split it");
}

TEST_CASE("Scalars stay text whatever YAML would make of them") {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml(
      "a", "a: no\nb: 0x904\nc: 1e3\nd: ''\ne: ~\nf:\ng: '7'\n", diagnostics);
  REQUIRE(documents.size() == 1);
  const YamlNode& root = documents.front();
  CHECK(root.find("a")->scalar == "no");
  CHECK(root.find("b")->scalar == "0x904");
  CHECK(root.find("c")->scalar == "1e3");
  CHECK(root.find("d")->is_scalar());
  CHECK(root.find("e")->is_null());
  CHECK(root.find("f")->is_null());
  CHECK(root.find("g")->quoted);
  CHECK_FALSE(root.find("a")->quoted);
}

TEST_CASE("A problem is shown with file, line, column and a caret under it") {
  const std::string text = "id: a\n  bad: [1, *x]\n";
  const Diagnostic problem{"dir/a.yaml", 2, 12, "no", "do"};
  CHECK(problem.text(text) ==
        "dir/a.yaml:2:12: no (do)\n  bad: [1, *x]\n           ^");
  CHECK(problem.text() == "dir/a.yaml:2:12: no (do)");
}

TEST_CASE("A very long line is cut and a caret beyond the cut left out") {
  const Diagnostic problem{"a", 1, 500, "no", ""};
  const std::string shown = problem.text(std::string(1000, 'x'));
  CHECK(shown == "a:1:500: no\n" + std::string(72, 'x'));
}

TEST_CASE("Text that is no YAML is a problem with a place") {
  CHECK(problem_of("a: [1, 2\nb: 3\n").line >= 1);
  CHECK(problem_of("a: \"open").line >= 1);
  CHECK(problem_of("{[a]: 1}\n").message == "a key must be plain text");
}

}  // namespace deskfall
