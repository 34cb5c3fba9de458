// Samples from a folder of images.

#pragma once

#include <filesystem>
#include <memory>

#include "converter/calibrate/samples.h"

namespace qrun::converter::calibrate {

// For the graph's only input, an image of one or three channels. Images are decoded when it is their turn.
std::unique_ptr<Samples> image_samples(const std::filesystem::path& folder, const Graph& graph,
                                       const SampleOptions& options);

}  // namespace qrun::converter::calibrate
