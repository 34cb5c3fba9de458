// A calibration report for programs.
//
// One object; its "version" is kReportVersion and grows when a member changes its meaning or goes (new ones may come
// without). Members keep their order, layers and tensors stand in execution order and one a line, so reports can be
// compared with diff. Real numbers are written so that they read back exactly. JSON has no words for some: what is
// unknown (NaN) is null, infinities are the strings "inf" and "-inf". Text that is not UTF-8 is replaced.

#pragma once

#include <string>

#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

inline constexpr int kReportVersion = 1;

std::string report_json(const Report& report);

}  // namespace qrun::converter::calibrate
