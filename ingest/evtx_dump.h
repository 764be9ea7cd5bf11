// EVTX dump: every record of a log, whole, as text.
//
// XML: one <Event> after the other, each as Windows shows it (EvtRender), a
// line break behind each; no root element around them, so that several files
// can be written into one document. A comment in front marks recovered ones.
//
// JSON Lines: one object per record,
//   {"offset":4608,"record":7,"recovered":false,"Event":{"#attributes":{...},
//    "System":{...},"EventData":{"user":"bob","Data":["x","y"]}}}
// with attributes below "#attributes", numbers and Booleans bare, NULL as
// null, names that repeat as one array in their order.
//
//   dump_evtx(*source, DumpFormat::kXml, out, damage);
#pragma once

#include <string_view>

#include "ingest/byte_source.h"
#include "ingest/evtx_reader.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

/// Takes text as it is made, in order, some chunks at a time.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void write(std::string_view text) = 0;
};

enum class DumpFormat : std::uint8_t { kXml, kJsonLines };

/// Writes every record, live ones in file order, then the recovered ones.
/// Times of the options are compared with the record's header.
[[nodiscard]] Result<void> dump_evtx(ByteSource& source, DumpFormat format,
                                     TextSink& sink, ParseReporter& reporter,
                                     const EvtxOptions& options = {});

}  // namespace deskfall
