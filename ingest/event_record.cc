#include "ingest/event_record.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <vector>

#include "ingest/instant.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// Levels of user data below its wrapper; real records use five at most.
constexpr std::size_t kDeepest = 32;

/// Field bytes per byte of the record: joined paths repeat their names, and
/// hostile ones must not multiply.
constexpr std::size_t kFieldGrowth = 8;
constexpr std::size_t kFieldFloor = 4096;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
         (c >= 'A' && c <= 'F');
}

bool is_namespace(std::string_view attribute) {
  return attribute == "xmlns" || attribute.substr(0, 6) == "xmlns:";
}

/// Character references can name what UTF-8 cannot hold.
std::string mended(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<signed char>(c) >= 0; })) {
    return std::string(text);
  }
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    append_utf8(out, next_code_point(text, at));
  }
  return out;
}

/// The text of an element: all its text nodes joined.
std::string text_of(const pugi::xml_node& node) {
  std::string out;
  for (pugi::xml_node child = node.first_child(); child;
       child = child.next_sibling()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      out += child.value();
    }
  }
  return out;
}

bool has_elements(const pugi::xml_node& node) {
  for (pugi::xml_node child = node.first_child(); child;
       child = child.next_sibling()) {
    if (child.type() == pugi::node_element) {
      return true;
    }
  }
  return false;
}

std::uint64_t number_of(std::string_view text) {
  return parse_number(trim(text)).value_or(0);
}

/// Walks data elements in document order and adds a field for each leaf and
/// attribute, without recursion. Names are those of the EVTX reader, so that a
/// record reads the same from either form.
class FieldWalk {
 public:
  FieldWalk(FieldList& fields, std::size_t record_size)
      : fields_(fields), budget_(record_size * kFieldGrowth + kFieldFloor) {}

  /// <EventData>: its children, a named <Data> under its name.
  void event_data(const pugi::xml_node& section) {
    for (pugi::xml_node child = section.first_child(); child;
         child = child.next_sibling()) {
      if (child.type() == pugi::node_element) {
        const bool data = std::string_view(child.name()) == "Data";
        element(child, child.name(),
                data ? child.attribute("Name") : pugi::xml_attribute());
      }
    }
  }

  /// <UserData>: what stands below the wrapper.
  void user_data(const pugi::xml_node& section) {
    for (pugi::xml_node wrapper = section.first_child(); wrapper;
         wrapper = wrapper.next_sibling()) {
      if (wrapper.type() != pugi::node_element) {
        continue;
      }
      attributes(wrapper, {}, {});
      if (has_elements(wrapper)) {
        descend(wrapper, {});
      } else if (const std::string text = text_of(wrapper); !text.empty()) {
        add(wrapper.name(), text);
      }
    }
  }

  /// Any other section, under its own name.
  void element(const pugi::xml_node& node, const std::string& path,
               const pugi::xml_attribute& name = {}) {
    leaf(node, path, name);
    if (has_elements(node)) {
      descend(node, path);
    }
  }

  [[nodiscard]] bool cut() const { return cut_; }

 private:
  struct Level {
    pugi::xml_node next;
    std::size_t path_size;
  };

  void descend(const pugi::xml_node& top, std::string path) {
    std::vector<Level> stack{{top.first_child(), path.size()}};
    while (!stack.empty()) {
      const pugi::xml_node node = stack.back().next;
      path.resize(stack.back().path_size);
      if (!node) {
        stack.pop_back();
        continue;
      }
      stack.back().next = node.next_sibling();
      if (node.type() != pugi::node_element) {
        continue;
      }
      if (!path.empty()) {
        path += '/';
      }
      path += node.name();
      leaf(node, path, {});
      if (!has_elements(node)) {
        continue;
      }
      if (stack.size() < kDeepest) {
        stack.push_back({node.first_child(), path.size()});
      } else {
        cut_ = true;
      }
    }
  }

  /// Attributes, then the text of an element that holds no others.
  void leaf(const pugi::xml_node& node, const std::string& path,
            const pugi::xml_attribute& name) {
    const std::size_t before = fields_.size();
    attributes(node, path, name);
    if (has_elements(node)) {
      return;
    }
    const std::string text = text_of(node);
    if (!text.empty() || fields_.size() == before) {
      add(name ? name.value() : path.c_str(), text);
    }
  }

  void attributes(const pugi::xml_node& node, const std::string& path,
                  const pugi::xml_attribute& skip) {
    for (pugi::xml_attribute attribute = node.first_attribute(); attribute;
         attribute = attribute.next_attribute()) {
      if (attribute != skip && !is_namespace(attribute.name())) {
        add(path + (path.empty() ? "@" : "/@") + attribute.name(),
            attribute.value());
      }
    }
  }

  void add(std::string_view name, std::string_view value) {
    const std::size_t size = name.size() + value.size();
    if (size > budget_) {
      cut_ = true;
      return;
    }
    budget_ -= size;
    fields_.add(mended(name), mended(value));
  }

  FieldList& fields_;
  std::size_t budget_;
  bool cut_ = false;
};

/// tracerpt writes offsets one minute short ("+00:59"); zones are multiples
/// of 15 minutes, so the nearest one is meant (seen in three public files).
Ticks offset_repair(std::string_view time) {
  if (time.size() < 6 || time[time.size() - 3] != ':') {
    return 0;
  }
  const char sign = time[time.size() - 6];
  const auto minutes = parse_number(time.substr(time.size() - 2));
  if ((sign != '+' && sign != '-') || !minutes || *minutes % 15 != 14) {
    return 0;
  }
  return sign == '+' ? -kTicksPerMinute : kTicksPerMinute;
}

void read_time(std::string_view text, Event& event) {
  text = trim(text);
  const auto instant = parse_iso8601(text);
  if (!instant) {
    return;
  }
  event.time = *instant + offset_repair(text);
  event.clock = ClockNote::kExact;
  event.precision = kTicksPerSecond;
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    return;
  }
  for (std::size_t i = point + 1; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9' || event.precision == 1) {
      break;
    }
    event.precision /= 10;
  }
}

void read_system(const pugi::xml_node& system, Event& event) {
  const pugi::xml_node provider = system.child("Provider");
  event.provider = mended(provider.attribute("Name").value());
  if (event.provider.empty()) {
    event.provider = mended(provider.attribute("EventSourceName").value());
  }
  event.event_id = static_cast<std::uint32_t>(
      number_of(text_of(system.child("EventID"))) & 0xffff);
  event.level = static_cast<std::uint8_t>(
      std::min<std::uint64_t>(number_of(text_of(system.child("Level"))), 255));
  read_time(system.child("TimeCreated").attribute("SystemTime").value(), event);
  event.record_id = number_of(text_of(system.child("EventRecordID")));
  event.activity_id = normal_guid(
      mended(system.child("Correlation").attribute("ActivityID").value()));
  const pugi::xml_node execution = system.child("Execution");
  const auto id = [&execution](const char* name) {
    return static_cast<std::uint32_t>(
        number_of(execution.attribute(name).value()));
  };
  event.process_id = id("ProcessID");
  event.thread_id = id("ThreadID");
  event.channel = mended(trim(text_of(system.child("Channel"))));
  event.host = mended(trim(text_of(system.child("Computer"))));
  event.user_sid = mended(system.child("Security").attribute("UserID").value());
}

/// True when the data of the record were closed before byte `at`.
bool data_closed_before(std::string_view xml, std::size_t at) {
  const std::string_view whole = xml.substr(0, std::min(at, xml.size()));
  return whole.find("</System>") != std::string_view::npos &&
         (whole.find("</EventData>") != std::string_view::npos ||
          whole.find("</UserData>") != std::string_view::npos);
}

}  // namespace

std::string normal_guid(std::string_view text) {
  text = trim(text);
  std::string_view bare = text;
  if (bare.size() == 38 && bare.front() == '{' && bare.back() == '}') {
    bare = bare.substr(1, 36);
  }
  bool good = bare.size() == 36;
  for (std::size_t i = 0; good && i < bare.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash ? bare[i] == '-' : is_hex(bare[i]);
  }
  if (!good) {
    return std::string(text);
  }
  std::string out(bare);
  for (char& c : out) {
    if (c >= 'a' && c <= 'f') {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return out;
}

RecordReading read_event_record(std::string_view xml, Event& event) {
  event.reset();
  RecordReading reading;
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    const auto at =
        static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
    reading.reason = std::string("not well-formed XML (") +
                     parsed.description() + ", byte " + std::to_string(at) +
                     " of the record)";
    if (!data_closed_before(xml, at)) {
      return reading;
    }
    reading.reason += "; its data come before that and were read";
  }
  const pugi::xml_node root = document.child("Event");
  const pugi::xml_node system = root.child("System");
  if (!system || !system.child("EventID")) {
    reading.reason = "an <Event> without <System> and <EventID>";
    return reading;
  }
  read_system(system, event);

  FieldWalk walk(event.fields, xml.size());
  for (pugi::xml_node part = root.first_child(); part;
       part = part.next_sibling()) {
    const std::string_view name = part.name();
    if (part.type() != pugi::node_element || name == "System" ||
        name == "RenderingInfo") {
      continue;
    }
    if (name == "EventData") {
      walk.event_data(part);
    } else if (name == "UserData") {
      walk.user_data(part);
    } else {
      walk.element(part, part.name());
    }
  }
  if (walk.cut() && reading.reason.empty()) {
    reading.reason = "fields nested or repeated beyond reason were left out";
  }
  reading.ok = true;
  return reading;
}

}  // namespace deskfall
