// Samples from one array for each input.

#pragma once

#include <memory>
#include <vector>

#include "converter/calibrate/array_source.h"
#include "converter/calibrate/samples.h"

namespace qrun::converter::calibrate {

// In the order of the graph's inputs. Refuses shapes that do not fit, types that do not, and different numbers of
// samples.
std::unique_ptr<Samples> array_samples(std::vector<ArraySource> arrays, const Graph& graph,
                                       const SampleOptions& options);

// A raw file as an array of samples of this input.
ArraySource read_raw(ByteSource source, const std::string& name, const Tensor& input);

// The arrays of a .npz file for the graph's inputs, in their order.
std::vector<ArraySource> read_npz(const std::filesystem::path& path, const Graph& graph);

}  // namespace qrun::converter::calibrate
