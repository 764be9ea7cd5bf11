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

Format parse_format(std::string_view name) {
  for (const Format format :
       {Format::kEmpty, Format::kEvtx, Format::kEventXml, Format::kDialog,
        Format::kFirewallLog, Format::kArchive}) {
    if (format_name(format) == name) {
      return format;
    }
  }
  return Format::kUnknown;
}

Outcome parse_outcome(std::string_view name) {
  for (const Outcome outcome :
       {Outcome::kRead, Outcome::kDamaged, Outcome::kIgnored}) {
    if (outcome_name(outcome) == name) {
      return outcome;
    }
  }
  return Outcome::kUnreadable;
}

}  // namespace deskfall
