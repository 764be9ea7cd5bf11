#include "ingest/evtx_render.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ingest/evtx_digits.h"
#include "ingest/evtx_escape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace deskfall::evtx {

namespace {

/// Copies constant text, in whole registers: the text of a plan has
/// RenderPlan::kPadding bytes more, and so has the room in the buffer.
char* copy(char* out, const char* from, const char* end) {
#ifdef __SSE2__
  char* to = out;
  for (const char* at = from; at < end; at += 32, to += 32) {
    const auto* in = reinterpret_cast<const __m128i*>(at);
    const __m128i first = _mm_loadu_si128(in);
    const __m128i second = _mm_loadu_si128(in + 1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), first);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to) + 1, second);
  }
  return out + (end - from);
#else
  return std::copy(from, end, out);
#endif
}

template <RecordStyle kStyle>
constexpr Escape escape_of(bool in_attribute) {
  return kStyle == RecordStyle::kJson ? Escape::kJson
         : in_attribute               ? Escape::kXmlAttribute
                                      : Escape::kXmlText;
}

template <typename Number>
char* write_number(char* out, const Value& value) {
  return value.size == sizeof(Number)
             ? write_decimal(out, load<Number>(value.bytes(), 0))
             : write_short(out, value);
}

/// write_short() with the most frequent types in front.
char* write_common(char* out, const Value& value) {
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kUInt8:
      return write_number<std::uint8_t>(out, value);
    case ValueType::kUInt16:
      return write_number<std::uint16_t>(out, value);
    case ValueType::kUInt32:
      return write_number<std::uint32_t>(out, value);
    case ValueType::kUInt64:
      return write_number<std::uint64_t>(out, value);
    case ValueType::kFiletime:
      return value.size == sizeof(std::uint64_t)
                 ? write_filetime(out, load<std::uint64_t>(value.bytes(), 0))
                 : write_short(out, value);
    default:
      return write_short(out, value);
  }
}

/// A value as part of a text; null when it takes append_text(). BinXML has to
/// be looked for before.
template <Escape kEscape>
char* write_part(char* out, const Value& value) {
  if (value.is(ValueType::kString) || value.is(ValueType::kEvtXml)) {
    return write_utf16<kEscape>(out, string_bytes(value));
  }
  if (value.is(ValueType::kAnsiString)) {
    return write_ansi(out, string_bytes(value), kEscape);
  }
  return write_common(out, value);
}

bool is_finite(const Value& value) {
  if (value.is(ValueType::kReal32)) {
    return value.size == sizeof(float) &&
           std::isfinite(load<float>(value.bytes(), 0));
  }
  return value.size == sizeof(double) &&
         std::isfinite(load<double>(value.bytes(), 0));
}

/// A value as its piece wants it: XML, or part of a JSON string, or a JSON
/// value - bare if a number or Boolean, else in quotes. Null as write_part().
template <RecordStyle kStyle>
char* write_value(char* out, const Value& value, const Piece& piece) {
  if constexpr (kStyle == RecordStyle::kXml) {
    return piece.in_attribute ? write_part<Escape::kXmlAttribute>(out, value)
                              : write_part<Escape::kXmlText>(out, value);
  }
  if (piece.kind == PieceKind::kValue) {
    return write_part<Escape::kJson>(out, value);
  }
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kNull:
      return std::copy_n("null", 4, out);
    case ValueType::kInt8:
    case ValueType::kUInt8:
    case ValueType::kInt16:
    case ValueType::kUInt16:
    case ValueType::kInt32:
    case ValueType::kUInt32:
    case ValueType::kInt64:
    case ValueType::kUInt64:
    case ValueType::kBool:
      return write_common(out, value);
    case ValueType::kReal32:
    case ValueType::kReal64:
      if (is_finite(value)) {
        return write_short(out, value);
      }
      break;
    default:
      break;
  }
  *out = '"';
  out = write_part<Escape::kJson>(out + 1, value);
  if (out != nullptr) {
    *out++ = '"';
  }
  return out;
}

bool is_text(const Value& value) {
  return value.is(ValueType::kString) || value.is(ValueType::kAnsiString) ||
         value.is(ValueType::kEvtXml) || value.is_string_array();
}

bool holds_elements(const Value& value) {
  return value.is(ValueType::kBinXml) && value.size > 0;
}

/// `<a>` becomes `<a/>` when nothing stands in it.
char* make_empty(char* at) {
  at[-1] = '/';
  *at = '>';
  return at + 1;
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
      resume<kStyle>(frame, plan, out);
    }
    if (fill<kStyle>(stack, frame, plan, out)) {
      stack.leave();
    } else if (!stack.result().ok()) {
      return;
    }
  }
}

/// Writes until the frame ends. False when another one was entered, or on a
/// problem.
template <RecordStyle kStyle>
bool RecordRenderer::fill(InstanceStack& stack, Frame& frame,
                          const RenderPlan& plan, OutBuffer& out) {
  // Each piece is written at most once, so that the room for all of them is
  // known before; what may take more (string arrays) asks for its own.
  const std::size_t shown = plan.most_uses * frame.value_bytes;
  if (frame.step == 0 &&
      !stack.spend(plan.pieces.size() + plan.text_size + shown)) {
    return false;
  }
  const std::size_t room = plan.text_size + RenderPlan::kPadding +
                           plan.pieces.size() * kMostShortText + 6 * shown;
  const char* const text = plan.text.data();
  const Piece* const pieces = plan.pieces.data();
  const Piece* const end_of_pieces = pieces + plan.pieces.size();
  const Value* const values = stack.values(frame);
  char* at = out.ensure(room);
  const char* from = text + frame.text;
  const auto pause_behind = [&](const Piece& piece) {
    out.set_end(at);
    frame.step = static_cast<std::uint32_t>(&piece - pieces) + 1;
    frame.text = static_cast<std::uint32_t>(from - text);
  };
  for (const Piece* next = pieces + frame.step; next != end_of_pieces;) {
    const Piece& piece = *next++;
    switch (piece.kind) {
      case PieceKind::kElement:
      case PieceKind::kOptional:
      case PieceKind::kValue: {
        const Value& value = values[piece.slot];
        const bool stays = piece.kind == PieceKind::kElement;
        if (!stays && (value.is_null() || value.is(ValueType::kBinXml))) {
          at = copy(at, from, text + piece.open);
          from = text + piece.end;
          // Inside an attribute or a JSON string nothing can nest.
          const bool enters =
              !piece.in_attribute && (kStyle == RecordStyle::kXml ||
                                      piece.kind == PieceKind::kOptional);
          if (enters && holds_elements(value)) {
            pause_behind(piece);
            static_cast<void>(stack.enter(value));
            return false;
          }
          break;
        }
        at = copy(at, from, text + piece.close);
        from = text + piece.close;
        if (stays && !piece.in_attribute && holds_elements(value)) {
          // Declared as text, but it holds elements.
          if constexpr (kStyle == RecordStyle::kJson) {
            *at++ = '{';
          }
          pause_behind(piece);
          frame.pending = frame.step - 1;
          marks_.push_back(out.size());
          static_cast<void>(stack.enter(value));
          return false;
        }
        char* const end = write_value<kStyle>(at, value, piece);
        if (end == nullptr) {
          out.set_end(at);
          const std::size_t size = out.size();
          if (stays && value.is_string_array() &&
              (kStyle == RecordStyle::kJson || piece.open < piece.close) &&
              !piece.in_attribute) {
            if (!items<kStyle>(stack, piece, plan, value, out)) {
              return false;
            }
            from = text + piece.end;
          } else {
            odd_value<kStyle>(value, piece, out);
          }
          const bool empty =
              kStyle == RecordStyle::kXml && stays && out.size() == size;
          at = out.ensure(room);
          if (empty) {
            at = make_empty(at);
            from = text + piece.end;
          }
        } else if (kStyle == RecordStyle::kXml && stays && end == at &&
                   !piece.in_attribute) {
          at = make_empty(at);
          from = text + piece.end;
        } else {
          at = end;
        }
        break;
      }
      case PieceKind::kSkip:
        if (values[piece.slot].is_null()) {
          at = copy(at, from, text + piece.open);
          from = text + piece.end;
          next = pieces + piece.jump;
        }
        break;
      case PieceKind::kOpen:
        at = copy(at, from, text + piece.close);
        from = text + piece.close;
        marks_.push_back(static_cast<std::size_t>(at - out.data()));
        break;
      case PieceKind::kClose: {
        at = copy(at, from, text + piece.open);
        char* const short_end = close<kStyle>(piece, out, at);
        from = text + (short_end == nullptr ? piece.close : piece.end);
        if (short_end != nullptr) {
          at = short_end;
        } else if (kStyle == RecordStyle::kJson) {
          --at;  // the comma of the last member
        }
        break;
      }
      case PieceKind::kInstance: {
        const std::size_t instance = piece.jump;
        at = copy(at, from, text + piece.open);
        from = text + piece.open;
        pause_behind(piece);
        static_cast<void>(stack.enter_instance(instance));
        return false;
      }
      case PieceKind::kNothing:
        break;
    }
  }
  out.set_end(copy(at, from, text + plan.text_size));
  return true;
}

/// Ends what may have turned out empty: writes its short form and returns the
/// end, or null when the close part has to follow.
template <RecordStyle kStyle>
char* RecordRenderer::close(const Piece& piece, OutBuffer& out, char* at) {
  if constexpr (kStyle == RecordStyle::kXml) {
    return out.data() + take_mark() == at ? make_empty(at) : nullptr;
  }
  constexpr std::string_view kAttributes = "\"#attributes\":{";
  constexpr std::string_view kText = "\"#text\":";
  char* const content = piece.in_array ? out.data() + take_mark() : at;
  if (at[-1] == '{' || at[-1] == '[') {
    if (piece.in_attribute) {
      return at - kAttributes.size();
    }
    return std::copy_n("null", 4, at - 1);
  }
  if (std::string_view(content, static_cast<std::size_t>(at - content))
          .starts_with(kText)) {
    // The attributes vanished and left a text alone: no object is needed.
    const char* const value = content + kText.size();
    const auto size = static_cast<std::size_t>(at - value) - 1;
    std::memmove(content - 1, value, size);
    return content - 1 + size;
  }
  return nullptr;
}

/// Ends an element whose value held elements, which are written by now.
template <RecordStyle kStyle>
void RecordRenderer::resume(Frame& frame, const RenderPlan& plan,
                            OutBuffer& out) {
  const Piece& piece = plan.pieces[frame.pending];
  frame.pending = Frame::kNone;
  const std::size_t content = take_mark();
  const bool empty = out.size() == content;
  if constexpr (kStyle == RecordStyle::kXml) {
    if (empty) {
      out.truncate(content - 1);
      out.append("/>");
      frame.text = piece.end;
    }
  } else {
    out.truncate(out.size() - 1);  // the brace, or the last member's comma
    out.append(empty ? "null" : "}");
  }
}

/// A string array: one element per item; in JSON one array, or what joins the
/// array that is open. False when the record has had its share.
template <RecordStyle kStyle>
bool RecordRenderer::items(InstanceStack& stack, const Piece& piece,
                           const RenderPlan& plan, const Value& value,
                           OutBuffer& out) {
  const std::string_view text = plan.text;
  const std::string_view open =
      text.substr(piece.open, piece.close - piece.open);
  const std::string_view close =
      text.substr(piece.close, piece.end - piece.close);
  Value rest = value;
  Value item = take_item(rest);
  const bool brackets =
      kStyle == RecordStyle::kJson && rest.size > 0 && !piece.in_array;
  out.append(brackets ? "[" : "");
  while (true) {
    const std::size_t room =
        6 * std::size_t{item.size} + close.size() + kMostShortText;
    char* const at = out.ensure(room);
    char* const end = write_value<kStyle>(at, item, piece);
    if (kStyle == RecordStyle::kJson) {
      out.set_end(end);
    } else if (end == at) {
      out.set_end(make_empty(at));
    } else {
      out.set_end(std::copy(close.begin(), close.end(), end));
    }
    if (rest.size == 0) {
      break;
    }
    if (!stack.spend(open.size() + close.size() + 1)) {
      return false;
    }
    out.append(kStyle == RecordStyle::kJson ? "," : open);
    item = take_item(rest);
  }
  out.append(brackets ? "]" : "");
  return true;
}

/// A value that is no plain string and has no short text: Binary, an array, or
/// one that does not fit its type.
template <RecordStyle kStyle>
void RecordRenderer::odd_value(const Value& value, const Piece& piece,
                               OutBuffer& out) {
  const bool quoted =
      kStyle == RecordStyle::kJson && piece.kind != PieceKind::kValue;
  scratch_.clear();
  append_text(scratch_, value);
  if (is_text(value)) {
    const std::string plain = std::move(scratch_);
    scratch_.clear();
    append_escaped(scratch_, plain, escape_of<kStyle>(piece.in_attribute));
  }
  out.append(quoted ? "\"" : "");
  out.append(scratch_);
  out.append(quoted ? "\"" : "");
}

}  // namespace deskfall::evtx
