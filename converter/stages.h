// The stages of convert(), for whatever goes this way several times with one source.

#pragma once

#include <memory>

#include "converter/calibrate/samples.h"
#include "converter/convert.h"
#include "converter/graph.h"

namespace qrun::converter {

// The network as the source has it.
Graph read_source(const Source& source, const ConvertOptions& options);

// Of a float network that shall be calibrated: refuses what is quantized already.
Graph read_float(const Source& source, const ConvertOptions& options);
// Its samples from the first on.
std::unique_ptr<calibrate::Samples> open_samples(const Source& source, const ConvertOptions& options,
                                                 const Graph& graph);

// The file of a quantized network, which the runtime has loaded.
Conversion finish(Graph graph, const Source& source, const ConvertOptions& options);

}  // namespace qrun::converter
