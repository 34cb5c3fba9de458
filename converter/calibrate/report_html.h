// A calibration report for people: one HTML page, whole in itself.
//
// It loads nothing, needs no script to be read (one sorts and filters where scripts run), follows the reader's light or
// dark scheme, fits a phone and prints. Worst layers first with what was tried for them, then all layers in execution
// order, then every tensor's histogram. Names are text, whatever they hold. The same report gives the same bytes.

#pragma once

#include <string>

#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

std::string report_html(const Report& report);

}  // namespace qrun::converter::calibrate
