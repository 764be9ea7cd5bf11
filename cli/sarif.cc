#include "cli/sarif.h"

#include <algorithm>

#include "cli/version.h"
#include "report/json_writer.h"

namespace deskfall {

namespace {

void write_result(JsonWriter& json, const std::string& rule,
                  const std::string& level, const Diagnostic& at) {
  json.begin_object();
  json.key("ruleId").text(rule);
  json.key("level").text(level);
  json.key("message").begin_object(JsonWriter::Layout::kFlat);
  json.key("text").text(at.hint.empty() ? at.message
                                        : at.message + " (" + at.hint + ")");
  json.end_object();
  json.key("locations").begin_list();
  json.begin_object();
  json.key("physicalLocation").begin_object();
  json.key("artifactLocation").begin_object(JsonWriter::Layout::kFlat);
  json.key("uri").text(at.file);
  json.end_object();
  json.key("region").begin_object(JsonWriter::Layout::kFlat);
  json.key("startLine").number(std::max(1, at.line));
  json.key("startColumn").number(std::max(1, at.column));
  json.end_object();
  json.end_object();
  json.end_object();
  json.end_list();
  json.end_object();
}

}  // namespace

std::string sarif_text(std::span<const Diagnostic> errors,
                       std::span<const Warning> warnings) {
  JsonWriter json;
  json.begin_object();
  json.key("$schema").text("https://json.schemastore.org/sarif-2.1.0.json");
  json.key("version").text("2.1.0");
  json.key("runs").begin_list();
  json.begin_object();
  json.key("tool").begin_object();
  json.key("driver").begin_object();
  json.key("name").text("deskfall rules check");
  json.key("version").text(version());
  json.key("rules").begin_list();
  for (const auto& [id, sentence] : lint_rules()) {
    json.begin_object();
    json.key("id").text(id);
    json.key("shortDescription").begin_object(JsonWriter::Layout::kFlat);
    json.key("text").text(sentence);
    json.end_object();
    json.end_object();
  }
  json.end_list();
  json.end_object();
  json.end_object();
  json.key("columnKind").text("utf16CodeUnits");
  json.key("results").begin_list();
  for (const Diagnostic& error : errors) {
    write_result(json, "error", "error", error);
  }
  for (const Warning& warning : warnings) {
    write_result(json, warning.rule, "warning", warning.at);
  }
  json.end_list();
  json.end_object();
  json.end_list();
  json.end_object();
  return json.take();
}

}  // namespace deskfall
