// JsonWriter: JSON in a fixed layout, written front to back.
//
// Members of a block stand one per line, indented by two; a flat object or
// list stands on one line. Keys keep the order of the calls.
//
//   JsonWriter json;
//   json.begin_object();
//   json.key("schema").text("deskfall.report/1");
//   json.key("code").begin_object(JsonWriter::Layout::kFlat);
//   json.key("error").number(2308);
//   json.end_object();
//   json.end_object();
//   std::string out = json.take();
//
// It does not check that calls make a whole document; the schema test does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t { kBlock, kFlat };

  JsonWriter& begin_object(Layout layout = Layout::kBlock);
  void end_object();
  JsonWriter& begin_list(Layout layout = Layout::kBlock);
  void end_list();

  JsonWriter& key(std::string_view name);

  /// A JSON string. Active code points (see safe_text.h) are written as
  /// escapes: the value is unchanged and the file is safe to look at.
  void text(std::string_view value);
  /// The same; an empty text is null.
  void text_or_null(std::string_view value);
  void number(std::int64_t value);
  /// Digits that are already a JSON number.
  void literal(std::string_view value);
  void null() { literal("null"); }
  void texts(const std::vector<std::string>& values);

  /// The document with a final newline; leaves the writer empty.
  [[nodiscard]] std::string take();

 private:
  void begin_item();
  void open(char bracket, Layout layout);
  void close(char bracket);

  struct Level {
    Layout layout = Layout::kBlock;
    bool empty = true;
  };

  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace deskfall
