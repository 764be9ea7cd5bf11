#include "ingest/evtx_template_store.h"

#include <cstring>

namespace deskfall::evtx {

namespace {

/// Compares `size` bytes at the front of `expected` and takes them off.
bool same(Bytes chunk, std::size_t at, std::string_view& expected,
          std::size_t size) {
  const bool equal = has(chunk, at, size) &&
                     std::memcmp(chunk.data() + at, expected.data(), size) == 0;
  expected.remove_prefix(size);
  return equal;
}

void append(std::string& out, Bytes bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

bool TemplateStore::matches(const Stored& stored, Bytes chunk, std::size_t at) {
  std::string_view guid = stored.guid;
  std::string_view runs = stored.runs;
  std::string_view names = stored.shape.raw_names;
  if (!same(chunk, at + kDefinitionGuidAt, guid, guid.size())) {
    return false;
  }
  const std::size_t end = at + kDefinitionHeaderSize +
                          load<std::uint32_t>(chunk, at + kDefinitionSizeAt);
  std::size_t cursor = at + kDefinitionHeaderSize;
  for (const NameRef& name : stored.shape.names) {
    const std::size_t run = name.run_end - name.run_begin;
    if (!same(chunk, cursor, runs, run)) {
      return false;
    }
    cursor += run + name.before;
    if (!has(chunk, cursor, 4)) {
      return false;
    }
    const std::size_t node = load<std::uint32_t>(chunk, cursor);
    cursor += 4;
    // Hash, length and characters, behind the link to the next name.
    if (!same(chunk, node + 4, names, name.size)) {
      return false;
    }
    if (node == cursor) {
      cursor += 4 + name.size + 2;  // and its NUL
    }
    cursor += name.after;
  }
  const std::size_t rest = runs.size();
  return cursor + rest == end && same(chunk, cursor, runs, rest);
}

TemplateStore::Found TemplateStore::definition(NameTable& names,
                                               std::size_t at) {
  const Bytes chunk = names.chunk();
  if (!has(chunk, at, kDefinitionHeaderSize)) {
    return {"template definition outside the chunk", nullptr};
  }
  const auto key = load<std::uint64_t>(chunk, at + kDefinitionGuidAt);
  auto& variants = stored_[key];
  for (const auto& stored : variants) {
    if (matches(*stored, chunk, at)) {
      return {stored->compiled.problem, &stored->shape};
    }
  }
  auto fresh = std::make_unique<Stored>();
  fresh->compiled = compile_definition(names, at, fresh->shape);
  const Found found{fresh->compiled.problem, &fresh->shape};
  const Template& shape = fresh->shape;
  bytes_ += sizeof(Stored) + shape.text.size() + shape.raw_names.size() +
            shape.steps.size() * sizeof(Step) +
            shape.names.size() * sizeof(NameRef) + shape.types.size();
  if (!fresh->compiled.ok() || shape.chunk_bound) {
    of_chunk_.push_back(std::move(fresh));
    return found;
  }
  const Bytes binxml =
      chunk.subspan(at + kDefinitionHeaderSize,
                    load<std::uint32_t>(chunk, at + kDefinitionSizeAt));
  append(fresh->guid, chunk.subspan(at + kDefinitionGuidAt, shape.guid.size()));
  for (const NameRef& name : shape.names) {
    append(fresh->runs,
           binxml.subspan(name.run_begin, name.run_end - name.run_begin));
  }
  append(fresh->runs, binxml.subspan(shape.last_run));
  bytes_ += fresh->runs.size();
  variants.push_back(std::move(fresh));
  return found;
}

void TemplateStore::forget_chunk() {
  of_chunk_.clear();
  if (bytes_ > kMostBytes) {
    stored_.clear();
    bytes_ = 0;
  }
}

}  // namespace deskfall::evtx
