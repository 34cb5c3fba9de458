// Networks' inputs, and all the samples that files give for them.

#pragma once

#include <string>
#include <vector>

#include "converter/calibrate/samples.h"
#include "converter/refusal.h"
#include "tests/converter/calibrate/real_graph.h"
#include "tests/converter/calibrate/sample_files.h"

namespace qrun::test {

// Sample after sample, of each the inputs.
inline std::vector<std::vector<Values>> all_samples(const std::vector<std::filesystem::path>& paths,
                                                    const converter::Graph& graph,
                                                    const converter::calibrate::SampleOptions& options = {}) {
  const auto samples = converter::calibrate::open_samples(paths, graph, options);
  std::vector<std::vector<Values>> result;
  for (std::vector<Values> inputs; samples->next(inputs);) result.push_back(inputs);
  EXPECT_EQ(result.size(), samples->count());
  return result;
}

// What the refusal says, behind `folder`, where paths begin.
inline std::string sample_refusal(const Folder& folder, const std::vector<std::filesystem::path>& paths,
                                  const converter::Graph& graph,
                                  const converter::calibrate::SampleOptions& options = {}) {
  try {
    all_samples(paths, graph, options);
  } catch (const converter::Refusal& refusal) {
    std::string text = refusal.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }
  return "nothing refused";
}

}  // namespace qrun::test
