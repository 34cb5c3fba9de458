// How the report looks, and the little it does: its style sheet, its script, and the classes that both know.

#pragma once

#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

const char* grade_class(Grade grade);  // "weak", "fair", "good", "unmeasured"

extern const char* const kStyle;

// Sorts the table of layers (what is unknown stays last) and filters by name. The page says everything without it. It
// holds no '<' and no '&'.
extern const char* const kScript;
// The script's SHA-256 in base64: the page allows this script and no other. A test computes it again.
extern const char* const kScriptDigest;

}  // namespace qrun::converter::calibrate
