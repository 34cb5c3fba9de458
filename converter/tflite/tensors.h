// The tensors of a .tflite file's graph.

#pragma once

#include <string>
#include <vector>

#include "converter/graph.h"
#include "converter/tflite/file.h"

namespace qrun::converter {

// Adds all tensors, in order, to the graph. Per tensor, why operators cannot use it: dynamic, variable, sparse; or "".
// Refuses, naming the tensor: absurd ranks, shapes that overflow, data that is not the shape's.
std::vector<std::string> read_tflite_tensors(TfliteFile& file, Graph& graph);

}  // namespace qrun::converter
