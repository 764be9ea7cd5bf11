// Result<T>: how an operation that can fail says so.
//
// Three kinds of wrong, three mechanisms. Damaged evidence is normal and goes
// to a ParseReporter (parse_reporter.h) while reading goes on. An operation
// that failed returns Result<T>, below. A bug trips DF_ASSERT. No exception
// leaves the .cc file that includes the throwing library.
//
//   Result<Config> load(const std::string& path) {
//     DF_TRY(const std::string text, read_file(path));
//     if (text.empty()) {
//       return fail(ErrorKind::kInput, "the file is empty", path,
//                   "export the log again");
//     }
//     ...
//   }
#pragma once

#include <cstdlib>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace deskfall {

/// What sort of failure it was; the command line maps it to an exit status.
enum class ErrorKind {
  kInput,    ///< the bytes given cannot be used
  kOutput,   ///< a result could not be written
  kUsage,    ///< the caller asked for something that does not exist
  kLimit,    ///< a bound on size, depth or count was reached
  kInternal  ///< a library refused something that should have worked
};

/// A failure, composed where the knowledge is. `what` is a sentence without
/// the place, `where` is file, file@offset or file:line:column (may be empty),
/// `hint` says what to do next (may be empty).
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;
  std::string where;
  std::string hint;

  /// One line for people: "where: what (hint)".
  [[nodiscard]] std::string text() const {
    std::string out;
    if (!where.empty()) {
      out += where + ": ";
    }
    out += what;
    if (!hint.empty()) {
      out += " (" + hint + ")";
    }
    return out;
  }
};

template <typename T>
using Result = tl::expected<T, Error>;

/// Builds the failed side of a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind,
                                                std::string what,
                                                std::string where = {},
                                                std::string hint = {}) {
  return tl::unexpected<Error>(
      Error{kind, std::move(what), std::move(where), std::move(hint)});
}

}  // namespace deskfall

#define DF_CONCAT_INNER(a, b) a##b
#define DF_CONCAT(a, b) DF_CONCAT_INNER(a, b)

/// DF_TRY(declaration, expression): takes the value out of a Result or returns
/// its error from the enclosing function.
#define DF_TRY(declaration, ...)                             \
  auto DF_CONCAT(df_result_, __LINE__) = (__VA_ARGS__);      \
  if (!DF_CONCAT(df_result_, __LINE__)) {                    \
    return tl::unexpected<::deskfall::Error>(                \
        std::move(DF_CONCAT(df_result_, __LINE__)).error()); \
  }                                                          \
  declaration = std::move(*DF_CONCAT(df_result_, __LINE__))

/// DF_CHECK(expression): the same for a Result<void>.
#define DF_CHECK(...)                           \
  do {                                          \
    auto df_check_result = (__VA_ARGS__);       \
    if (!df_check_result) {                     \
      return tl::unexpected<::deskfall::Error>( \
          std::move(df_check_result).error());  \
    }                                           \
  } while (false)

/// A condition whose failure is a bug of ours. Active unless NDEBUG.
#ifdef NDEBUG
#define DF_ASSERT(condition) static_cast<void>(0)
#else
#define DF_ASSERT(condition) \
  do {                       \
    if (!(condition)) {      \
      std::abort();          \
    }                        \
  } while (false)
#endif
