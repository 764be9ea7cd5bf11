// TemplateStore: compiled templates, kept from one chunk to the next.
//
// Every chunk of a log repeats the definitions its records use. A GUID is no
// proof that two are the same (providers change), and their bytes differ even
// when they are: they hold chunk offsets, and a name stands in the first
// definition of the chunk that uses it. So a stored template is used again
// only if the GUID, every byte that is no offset or length, and every name are
// equal. That check takes a fraction of compiling.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/evtx_template.h"

namespace deskfall::evtx {

class TemplateStore {
 public:
  /// A definition as it was found in some chunk.
  struct Found {
    std::string_view problem;
    Template* shape = nullptr;
  };

  /// The template defined at `at`. It stays valid until forget_chunk().
  Found definition(NameTable& names, std::size_t at);

  /// Templates that only make sense inside one chunk are forgotten, and all of
  /// them when there are too many.
  void forget_chunk();

 private:
  static constexpr std::size_t kMostBytes = 32U << 20U;

  struct Stored {
    Template shape;
    Compiled compiled;
    std::string guid;
    std::string runs;  ///< the bytes between names, one after the other
  };

  [[nodiscard]] static bool matches(const Stored& stored, Bytes chunk,
                                    std::size_t at);

  std::unordered_map<std::uint64_t, std::vector<std::unique_ptr<Stored>>>
      stored_;  ///< by half of the GUID
  std::vector<std::unique_ptr<Stored>> of_chunk_;
  std::size_t bytes_ = 0;
};

}  // namespace deskfall::evtx
