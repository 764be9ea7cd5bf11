#include "ingest/evtx_rebuild.h"

#include <algorithm>
#include <cstring>

namespace deskfall::evtx {

void rebuild_lost(Remnants& remnants, TemplateLibrary& library,
                  const std::string& code_page, RecordOutput& output,
                  EvtxTally& tally) {
  // Each record stands alone at its old place, so that offsets inside it hold
  // and nothing else of its chunk is mistaken for a part of it.
  std::vector<std::byte> chunk(kChunkSize);
  InstanceStack stack;
  stack.use(&library);
  if (!code_page.empty()) {
    if (auto page = CodePage::find(code_page)) {
      stack.use(std::move(*page));
    }
  }
  output.clear();
  for (const LostRecord& lost : remnants.take_lost()) {
    std::memcpy(chunk.data() + lost.at, lost.bytes.data(), lost.bytes.size());
    stack.start_chunk(chunk);
    RecordHead head = lost.head;
    const ReadResult read =
        output.read(stack, head, lost.at + kRecordHeaderSize,
                    lost.at + lost.bytes.size() - kRecordTrailerSize);
    std::memset(chunk.data() + lost.at, 0, lost.bytes.size());
    const bool is_lost = !read.ok() || read.incomplete;
    if (is_lost) {
      tally.overwritten.add(head.place());
    } else {
      tally.rebuilt.add(head.place());
    }
    if (!read.ok() || (read.incomplete && !output.wants_incomplete())) {
      continue;
    }
    head.doubts.add_if(read.types_differ, Doubt::kTypes);
    head.doubts.add_if(read.rebuilt, Doubt::kRebuilt);
    head.doubts.add_if(read.incomplete, Doubt::kIncomplete);
    Remnant remnant;
    remnant.key = lost.key;
    output.take(head, remnant);
    output.give(remnant);
  }
}

}  // namespace deskfall::evtx
