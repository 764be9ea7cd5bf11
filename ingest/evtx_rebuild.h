// Rebuilding: what becomes, at the end of a file, of old records whose template
// was overwritten.
//
// With a template of the same id that other records of the file have proven,
// and whose types fit the values, the record is read and marked "rebuilt".
// Without one its values are all there is: "incomplete", for outputs that want
// such records, with the template's id and every value in its place.
#pragma once

#include "ingest/evtx_library.h"
#include "ingest/evtx_remnants.h"
#include "ingest/evtx_tally.h"

namespace deskfall::evtx {

/// Reads the records that `remnants` still holds and gives them to `output`;
/// `code_page` is as in EvtxOptions. Counts in `tally` how many were rebuilt
/// and how many were left out.
void rebuild_lost(Remnants& remnants, TemplateLibrary& library,
                  const std::string& code_page, RecordOutput& output,
                  EvtxTally& tally);

}  // namespace deskfall::evtx
