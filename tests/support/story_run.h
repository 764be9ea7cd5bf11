// Story run: a story's bundle through the whole path, as explain would.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/report.h"
#include "fixtures/builder/story_builder.h"

namespace deskfall::testing {

/// The folders of fixtures/stories, sorted.
[[nodiscard]] std::vector<std::string> story_names();

[[nodiscard]] fixtures::Story story_of(const std::string& name);

/// Writes the bundle to a folder of its own, reads it, judges it. `zones` are
/// those of the story's hosts, as a user would give them with --zone.
[[nodiscard]] Report run_story(const fixtures::Story& story,
                               const fixtures::BuildOptions& options = {});

}  // namespace deskfall::testing
