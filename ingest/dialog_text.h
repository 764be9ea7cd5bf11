// Dialog text: what Ctrl+C copies from the mstsc error box.
//
// The labels are localised, the shapes are not: two hexadecimal codes, a time
// in UTC (MM/dd/yy hh:mm:ss AM|PM) and, on newer builds, an Activity ID. Users
// paste partial text, so any text with two hex codes and an optional time is
// taken. One text may hold several dialogs.
//
// A dialog becomes an Event: provider "mstsc", channel "dialog", event_id 0,
// precision one second, fields Error and Extended (decimal), Title, Content
// (both as far as present), RemoteComputer when the text names one, and
// activity_id. The host stays empty: the box does not say where it stood.
#pragma once

#include <string_view>

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

/// Whether UTF-8 text holds a dialog beyond doubt, as a sniffer must know it:
/// two labelled codes on lines of their own (or one line that holds nothing
/// else), with a UTC time or the bracketed heading beside them or with labels
/// that speak of a code and an extended code. Prose that mentions 0x904 is no
/// dialog.
[[nodiscard]] bool looks_like_dialog(std::string_view text);

/// Reads all dialogs of a text. When none has the full shape, the first two
/// hexadecimal numbers are taken as the codes, main code first: whoever calls
/// this has said that it is a dialog. Text without two numbers is dropped.
[[nodiscard]] Result<void> read_dialog_text(ByteSource& source, EventSink& sink,
                                            ParseReporter& reporter);

}  // namespace deskfall
