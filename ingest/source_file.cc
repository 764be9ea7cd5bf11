#include "ingest/source_file.h"

namespace deskfall {

std::string_view format_name(Format format) {
  switch (format) {
    case Format::kUnknown:
      return "unknown";
    case Format::kEmpty:
      return "empty";
    case Format::kEvtx:
      return "evtx";
    case Format::kEventXml:
      return "event-xml";
    case Format::kDialog:
      return "dialog";
    case Format::kFirewallLog:
      return "pfirewall";
    case Format::kArchive:
      return "archive";
  }
  return "unknown";
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRead:
      return "read";
    case Outcome::kDamaged:
      return "damaged";
    case Outcome::kUnreadable:
      return "unreadable";
    case Outcome::kIgnored:
      return "ignored";
  }
  return "unreadable";
}

}  // namespace deskfall
