// Member names: what an archive calls its files, made fit for a path.
//
// .NET before 4.6.1 writes '\' between folders; Velociraptor escapes names
// below "uploads/" once ("C%3A", "%254Operational"). Both are undone, and only
// there: in any other archive "%4Debug" is the name of a channel.
#pragma once

#include <string>
#include <string_view>

namespace deskfall {

/// '/' between folders, no "./", Velociraptor's escapes decoded once.
[[nodiscard]] std::string clean_member_name(std::string_view stored);

/// False for names that would leave the archive: absolute, with a drive, or
/// with "..". Asked of the cleaned name.
[[nodiscard]] bool stays_inside(std::string_view name);

}  // namespace deskfall
