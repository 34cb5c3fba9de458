// Calibration with an answer to "my accuracy dropped, where?": the written file's tensors are compared with the real
// network's, and other options are tried and measured the same way.

#pragma once

#include "converter/convert.h"

namespace qrun::converter {

// As convert(), of a float source with calibration options; fills the report. With Calibration::optimize the options
// that bring the outputs nearest to the real ones replace those given, and notes say which.
Conversion explain(const Source& source, const ConvertOptions& options);

}  // namespace qrun::converter
