#include "ingest/evtx_render.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ingest/evtx_escape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace deskfall::evtx {

namespace {

/// Copies a stretch of a plan's text. Whole registers are copied: the text has
/// RenderPlan::kPadding bytes more, the buffer as many.
char* put(char* out, const std::string& text, Stretch stretch) {
#ifdef __SSE2__
  const char* from = text.data() + stretch.at;
  for (std::size_t at = 0; at < stretch.size; at += 16) {
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(out + at),
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at)));
  }
#else
  std::memcpy(out, text.data() + stretch.at, stretch.size);
#endif
  return out + stretch.size;
}

void put(OutBuffer& out, const std::string& text, Stretch stretch) {
  out.set_end(
      put(out.ensure(stretch.size + RenderPlan::kPadding), text, stretch));
}

bool is_text(const Value& value) {
  return value.is(ValueType::kString) || value.is(ValueType::kAnsiString) ||
         value.is(ValueType::kEvtXml);
}

/// JSON writes these without quotes.
bool is_bare(const Value& value) {
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kInt8:
    case ValueType::kUInt8:
    case ValueType::kInt16:
    case ValueType::kUInt16:
    case ValueType::kInt32:
    case ValueType::kUInt32:
    case ValueType::kInt64:
    case ValueType::kUInt64:
    case ValueType::kBool:
      return true;
    case ValueType::kReal32:
      return value.size == sizeof(float) &&
             std::isfinite(load<float>(value.bytes(), 0));
    case ValueType::kReal64:
      return value.size == sizeof(double) &&
             std::isfinite(load<double>(value.bytes(), 0));
    default:
      return false;
  }
}

/// Room for write_value() and the text around it.
constexpr std::size_t value_room(const Value& value) {
  return 6 * std::size_t{value.size} + kMostShortText;
}

/// Writes a value as part of a text; null when it takes append_text().
char* write_value(char* out, const Value& value, Escape escape) {
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kString:
    case ValueType::kEvtXml:
      return write_utf16(out, string_bytes(value), escape);
    case ValueType::kAnsiString:
      return write_ansi(out, string_bytes(value), escape);
    default:
      return write_short(out, value);
  }
}

/// A value on its own: in JSON with quotes where they belong. Null when it
/// takes append_text().
template <RecordStyle kStyle>
char* write_member(char* out, const Value& value, bool in_attribute) {
  if constexpr (kStyle == RecordStyle::kXml) {
    return write_value(out, value,
                       in_attribute ? Escape::kXmlAttribute : Escape::kXmlText);
  }
  if (value.is_null()) {
    return std::copy_n("null", 4, out);
  }
  if (is_bare(value)) {
    return write_short(out, value);
  }
  *out = '"';
  out = write_value(out + 1, value, Escape::kJson);
  if (out != nullptr) {
    *out++ = '"';
  }
  return out;
}

}  // namespace

ReadResult RecordRenderer::render(InstanceStack& stack, std::size_t begin,
                                  std::size_t end, OutBuffer& out) {
  const std::size_t size = out.size();
  marks_.clear();
  if (stack.begin(begin, end)) {
    if (style_ == RecordStyle::kXml) {
      run<RecordStyle::kXml>(stack, out);
    } else {
      run<RecordStyle::kJson>(stack, out);
      if (out.size() > size && out.back() == ',') {
        out.truncate(out.size() - 1);  // of the last member
      }
    }
  }
  if (!stack.result().ok()) {
    out.truncate(size);
  }
  return stack.result();
}

template <RecordStyle kStyle>
void RecordRenderer::run(InstanceStack& stack, OutBuffer& out) {
  while (!stack.empty()) {
    Frame& frame = stack.top();
    RenderPlan& plan = frame.shape->plan;
    if (!plan.built) {
      if constexpr (kStyle == RecordStyle::kXml) {
        build_xml_plan(*frame.shape, plan);
      } else {
        build_json_plan(*frame.shape, plan);
      }
    }
    if (frame.pending != Frame::kNone) {
      finish_marked<kStyle>(plan.pieces[frame.pending], plan.text, out);
      frame.pending = Frame::kNone;
    }
    // Until the frame ends or another one is entered.
    bool here = true;
    while (here && frame.step < plan.pieces.size()) {
      if (!run_plain<kStyle>(stack, frame, out)) {
        return;
      }
      if (frame.step < plan.pieces.size()) {
        const Piece& next = plan.pieces[frame.step++];
        here = piece<kStyle>(stack, frame, next, out);
      }
    }
    if (!stack.result().ok()) {
      return;
    }
    if (here) {
      stack.leave();
    }
  }
}

/// The pieces that make up nearly all of every record: literals around one
/// short value or string. Stops in front of any other; false on a problem.
template <RecordStyle kStyle>
bool RecordRenderer::run_plain(InstanceStack& stack, Frame& frame,
                               OutBuffer& out) {
  const RenderPlan& plan = frame.shape->plan;
  const std::string& text = plan.text;
  const auto end = static_cast<std::uint32_t>(plan.pieces.size());
  for (; frame.step < end; ++frame.step) {
    const Piece& piece = plan.pieces[frame.step];
    const Value value = stack.value_of(frame, piece.slot);
    const std::size_t literals =
        std::size_t{piece.lead.size} + piece.open.size + piece.close.size;
    if (!stack.spend(1 + literals + value.size)) {
      return false;
    }
    char* const begin =
        out.ensure(literals + 3 * RenderPlan::kPadding + value_room(value));
    char* at = put(begin, text, piece.lead);
    switch (piece.kind) {
      case PieceKind::kLiteral:
        break;
      case PieceKind::kSkip:
        if (value.is_null()) {
          frame.step = piece.jump - 1;
        }
        break;
      case PieceKind::kOptional:
        if (value.is_null()) {
          break;
        }
        [[fallthrough]];
      case PieceKind::kElement: {
        if ((value.type & kArrayFlag) != 0 || value.is(ValueType::kBinXml)) {
          return true;
        }
        at = put(at, text, piece.open);
        char* written = write_member<kStyle>(at, value, piece.in_attribute);
        if (written == nullptr) {
          return true;
        }
        if (kStyle == RecordStyle::kXml && written == at &&
            piece.kind == PieceKind::kElement) {
          at[-1] = '/';
          *at++ = '>';
        } else {
          at = put(written, text, piece.close);
        }
        break;
      }
      default:
        return true;
    }
    out.set_end(at);
  }
  return true;
}

/// False when the frame on top has changed, or on a problem.
template <RecordStyle kStyle>
bool RecordRenderer::piece(InstanceStack& stack, Frame& frame,
                           const Piece& piece, OutBuffer& out) {
  const std::string& text = frame.shape->plan.text;
  put(out, text, piece.lead);
  switch (piece.kind) {
    case PieceKind::kLiteral:
      return true;
    case PieceKind::kSkip:
      if (stack.value_of(frame, piece.slot).is_null()) {
        frame.step = piece.jump;
      }
      return true;
    case PieceKind::kInstance:
      static_cast<void>(stack.enter_instance(piece.jump));
      return false;
    case PieceKind::kOpen:
      open_marked(piece, text, out);
      return true;
    case PieceKind::kClose:
      finish_marked<kStyle>(piece, text, out);
      return true;
    default:
      break;
  }
  const Value value = stack.value_of(frame, piece.slot);
  if (!stack.spend(value.size)) {
    return false;
  }
  if (piece.kind == PieceKind::kElement) {
    return element<kStyle>(stack, frame, piece, value, out);
  }
  if (value.is_null()) {
    return true;
  }
  if (value.is(ValueType::kBinXml)) {
    // Not inside an attribute or a JSON string, where nothing can nest.
    const bool enters =
        !piece.in_attribute &&
        (kStyle == RecordStyle::kXml || piece.kind == PieceKind::kOptional);
    if (!enters || value.size == 0) {
      return true;
    }
    static_cast<void>(stack.enter(value));
    return false;
  }
  if (piece.kind == PieceKind::kValue) {
    text_value<kStyle>(value, piece.in_attribute, out);
    return true;
  }
  put(out, text, piece.open);
  if constexpr (kStyle == RecordStyle::kXml) {
    text_value<kStyle>(value, piece.in_attribute, out);
  } else {
    member_value<kStyle>(value, out);
  }
  put(out, text, piece.close);
  return true;
}

template <RecordStyle kStyle>
bool RecordRenderer::element(InstanceStack& stack, Frame& frame,
                             const Piece& piece, const Value& value,
                             OutBuffer& out) {
  const std::string& text = frame.shape->plan.text;
  if (value.is(ValueType::kBinXml) && value.size > 0 && !piece.in_attribute) {
    // Declared as text, but it holds elements.
    open_marked(piece, text, out);
    if constexpr (kStyle == RecordStyle::kJson) {
      out.append("{");
      ++marks_.back().content;
    }
    frame.pending = frame.step - 1;
    static_cast<void>(stack.enter(value));
    return false;
  }
  Value rest = value;
  const bool repeats =
      value.is_string_array() &&
      (kStyle == RecordStyle::kJson || text[piece.open.at] == '<');
  Value item = repeats ? take_item(rest) : value;
  const bool array = kStyle == RecordStyle::kJson && repeats && rest.size > 0;
  if (kStyle == RecordStyle::kJson) {
    put(out, text, piece.open);
    if (array && !piece.in_array) {
      out.append("[");
    }
  }
  while (true) {
    if constexpr (kStyle == RecordStyle::kXml) {
      put(out, text, piece.open);
      const std::size_t mark = out.size();
      text_value<kStyle>(item, false, out);
      if (out.size() == mark) {
        out.truncate(mark - 1);
        out.append("/>");
      } else {
        put(out, text, piece.close);
      }
    } else {
      member_value<kStyle>(item, out);
      put(out, text, piece.close);
    }
    if (!repeats || rest.size == 0) {
      break;
    }
    if (!stack.spend(piece.open.size + piece.close.size)) {
      return false;
    }
    item = take_item(rest);
  }
  if (array && !piece.in_array) {
    out.truncate(out.size() - 1);
    out.append("],");
  }
  return true;
}

void RecordRenderer::open_marked(const Piece& piece, const std::string& text,
                                 OutBuffer& out) {
  Mark mark;
  mark.tag = out.size();
  put(out, text, piece.open);
  mark.content = out.size();
  marks_.push_back(mark);
}

template <RecordStyle kStyle>
void RecordRenderer::finish_marked(const Piece& piece, const std::string& text,
                                   OutBuffer& out) {
  const Mark mark = marks_.back();
  marks_.pop_back();
  const bool empty = out.size() == mark.content;
  if constexpr (kStyle == RecordStyle::kXml) {
    if (empty) {
      out.truncate(mark.content - 1);
      out.append("/>");
    } else {
      put(out, text, piece.close);
    }
    return;
  }
  constexpr std::string_view kTextMember = "\"#text\":";
  if (empty && piece.in_attribute) {
    out.truncate(mark.tag);  // all attributes vanished
  } else if (empty) {
    out.truncate(mark.content - 1);
    out.append("null,");
  } else if (piece.in_array &&
             out.view().substr(mark.content).starts_with(kTextMember)) {
    // The attributes vanished and left a text alone: no object is needed.
    out.erase(mark.content - 1, 1 + kTextMember.size());
  } else {
    out.truncate(out.size() - 1);  // the comma of the last member
    const bool array =
        piece.kind == PieceKind::kClose && text[piece.close.at] == ']';
    out.append(array ? "]," : "},");
  }
}

/// A value as part of a text that may have other parts.
template <RecordStyle kStyle>
void RecordRenderer::text_value(const Value& value, bool in_attribute,
                                OutBuffer& out) {
  const Escape escape = kStyle == RecordStyle::kJson ? Escape::kJson
                        : in_attribute               ? Escape::kXmlAttribute
                                                     : Escape::kXmlText;
  if (const char* end =
          write_value(out.ensure(value_room(value)), value, escape)) {
    out.set_end(end);
    return;
  }
  scratch_.clear();
  append_text(scratch_, value);
  if (is_text(value) || value.is_string_array()) {
    const std::size_t plain = scratch_.size();
    append_escaped(scratch_, std::string(scratch_), escape);
    out.append(std::string_view(scratch_).substr(plain));
  } else {
    out.append(scratch_);
  }
}

/// A value as a JSON value of its own.
template <RecordStyle kStyle>
void RecordRenderer::member_value(const Value& value, OutBuffer& out) {
  if (const char* end =
          write_member<kStyle>(out.ensure(value_room(value)), value, false)) {
    out.set_end(end);
    return;
  }
  out.append("\"");
  text_value<kStyle>(value, false, out);
  out.append("\"");
}

}  // namespace deskfall::evtx
