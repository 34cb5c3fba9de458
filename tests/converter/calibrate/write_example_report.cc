// write_example_report HTML JSON [LAYERS]: a report to look at while changing its looks. Not shipped.

#include <cstdlib>
#include <fstream>

#include "converter/calibrate/report_html.h"
#include "converter/calibrate/report_json.h"
#include "example_report.h"

int main(int argc, char** argv) {
  using namespace qrun::converter::calibrate;
  if (argc < 3) return 2;
  const Report report = example_report(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 36);
  std::ofstream(argv[1]) << report_html(report);
  std::ofstream(argv[2]) << report_json(report);
  return 0;
}
